// A dev stack, the example on it, and a browser; all of it is gone at the end.
import { execFile, spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const CHROMIUM = "/usr/bin/chromium";
// It would look for updates and servers of its maker, and this is a test on loopback.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];
const PATIENCE = 30_000; // only a broken program needs it
const run = promisify(execFile);

async function browser() {
    await access(CHROMIUM).catch(() => { throw new Error(`${CHROMIUM} is missing: scripts/install-deps --test`); });
    const { chromium } = await import("playwright-core").catch(() => {
        throw new Error("playwright-core is missing: scripts/install-deps --test");
    });
    return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

async function stack_env(env) {
    const script = 'settings=$(scripts/devstack env) && eval "$settings" && env -0';
    const { stdout } = await run("bash", ["-c", script], { cwd: ROOT, env });
    return Object.fromEntries(stdout.split("\0").filter(Boolean).map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
    }));
}

// The example's process, and its address once it has told it.
function example(env) {
    const app = spawn("examples/accounts/run", ["localhost:0"], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const url = new Promise((tell, fail) => {
        const listen = (piece) => {
            said += piece;
            const found = /Running on (http:\/\/localhost:\d+)/.exec(said);
            if (found) tell(found[1]);
        };
        app.stdout.on("data", listen);
        app.stderr.on("data", listen);
        app.on("exit", (code) => fail(new Error(`examples/accounts/run ended with ${code}: ${said}`)));
    });
    const end = async () => {
        if (app.exitCode !== null) return;
        const ended = new Promise((tell) => app.on("exit", tell));
        app.kill("SIGTERM");
        await ended;
    };
    return { url, end };
}

export async function start() {
    const folder = await mkdtemp(join(tmpdir(), "otp-accounts."));
    const outer = { ...process.env, DEVSTACK_DIR: join(folder, "stack") };
    const undo = [() => rm(folder, { recursive: true }), () => run("scripts/devstack", ["down"], { cwd: ROOT, env: outer })];
    const end = async () => { while (undo.length) await undo.pop()(); };
    try {
        await run("scripts/devstack", ["up", "--all"], { cwd: ROOT, env: outer });
        const env = await stack_env(outer);
        const app = example(outer);
        undo.push(app.end);
        const url = await app.url;
        const chromium = await browser();
        undo.push(() => chromium.close());
        return scene({ env, url, chromium, end });
    } catch (error) {
        await end();
        throw error;
    }
}

function scene({ env, url, chromium, end }) {
    const page_errors = [];

    async function page(options = {}) {
        const context = await chromium.newContext(options);
        context.setDefaultTimeout(PATIENCE);
        const opened = await context.newPage();
        opened.on("pageerror", (error) => page_errors.push(String(error)));
        return opened;
    }

    // The newest text to this number, or nothing.
    async function newest(number) {
        const inbox = await fetch(`${env.SANDBOX_URL}/inbox?limit=1&to=${encodeURIComponent(number)}`);
        return (await inbox.json())[0];
    }

    // The code of the next text to this number.
    async function code(number, earlier) {
        for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((go) => setTimeout(go, 50))) {
            const text = await newest(number);
            if (text && text.message_id !== earlier?.message_id) return /\d{4,10}/.exec(text.text)[0];
        }
        throw new Error("no text came");
    }

    async function api(path, body, key) {
        const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
        const answer = await fetch(env.OTP_VERIFY_URL + path, { method: "POST", headers, body: JSON.stringify(body) });
        return answer.json();
    }

    // As otp-verify gives it to whoever has the key.
    async function proof(number, purpose, key = env.OTP_API_KEY) {
        const earlier = await newest(number);
        const { id } = await api("/v1/verifications", { to: number, purpose }, key);
        const checked = await api(`/v1/verifications/${id}/check`, { code: await code(number, earlier) }, key);
        return checked.proof;
    }

    // What a thief sends who has no session. By the address, because Flask listens on localhost's IPv4 one only, and
    // Node.js 18 asks no other than the first that the name has, which may be IPv6.
    async function post_password(given, password) {
        const body = new URLSearchParams({ proof: given, password });
        const address = url.replace("localhost", "127.0.0.1");
        const answer = await fetch(`${address}/password`, { method: "POST", body, redirect: "manual" });
        return { status: answer.status, text: await answer.text() };
    }

    return { env, url, page, page_errors, newest, code, proof, post_password, end };
}
