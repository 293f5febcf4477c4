// examples/accounts as a person meets it: in a real browser, on a dev stack of its own, with the codes that were texted.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import * as jose from "jose";

import { start } from "./accounts_scene.mjs";

const PASSWORD = "correct horse battery";

describe("examples/accounts", () => {
    let scene;
    before(async () => { scene = await start(); }, { timeout: 240_000 });
    after(async () => { await scene?.end(); }, { timeout: 120_000 });

    const new_number = () => `+1415${2_000_000 + randomInt(8_000_000)}`;

    async function asked_for_code(page, path, number) {
        await page.goto(scene.url + path);
        await page.getByLabel("Phone number").fill(number);
        await page.getByRole("button", { name: "Text me a code" }).click();
        await page.getByLabel("Code", { exact: true }).waitFor();
    }

    async function enter(page, code) {
        await page.getByLabel("Code", { exact: true }).fill(code);
        await page.getByRole("button", { name: "Go on" }).click();
    }

    async function choose(page, password) {
        await page.getByLabel("New password").fill(password);
        await page.getByRole("button", { name: "Save" }).click();
    }

    async function begin_log_in(page, number, password) {
        await page.goto(scene.url + "/log-in");
        await page.getByLabel("Phone number").fill(number);
        await page.getByLabel("Password").fill(password);
        await page.getByRole("button", { name: "Go on" }).click();
    }

    async function log_in(page, number, password) {
        const earlier = await scene.newest(number);
        await begin_log_in(page, number, password);
        await enter(page, await scene.code(number, earlier));
    }

    async function register(page, number, password = PASSWORD) {
        await asked_for_code(page, "/register", number);
        await enter(page, await scene.code(number));
        await choose(page, password);
        await is_logged_in(page, number);
    }

    const is_logged_in = (page, number) => page.getByText(`You are logged in as ${number}`).waitFor();
    const is_told = (page, words) => page.getByRole("alert").filter({ hasText: words }).waitFor();

    it("registers who types in the code of the text, and logs in again by password and code", async () => {
        const page = await scene.page();
        const number = new_number();
        await register(page, number);
        await page.getByRole("button", { name: "Log out" }).click();
        await log_in(page, number, PASSWORD);
        await is_logged_in(page, number);
    });

    it("does the same without scripts", async () => {
        const page = await scene.page({ javaScriptEnabled: false });
        await register(page, new_number());
    });

    it("refuses a wrong code, and says so at the field", async () => {
        const page = await scene.page();
        const number = new_number();
        await asked_for_code(page, "/register", number);
        const right = await scene.code(number);
        await enter(page, right === "000000" ? "000001" : "000000");
        await is_told(page, "That code is not right");
        const field = page.getByLabel("Code", { exact: true });
        assert.equal(await field.getAttribute("aria-invalid"), "true");
        assert.match(await field.getAttribute("aria-describedby"), /\berror\b/);
        assert.equal(await page.evaluate(() => document.activeElement.id), "code");
        await enter(page, right);
        await choose(page, PASSWORD);
        await is_logged_in(page, number);
    });

    it("refuses a wrong password before any code is texted", async () => {
        const page = await scene.page();
        const number = new_number();
        await register(page, number);
        const last = await scene.newest(number);
        for (const [who, password] of [[number, "something else"], [new_number(), PASSWORD]]) {
            await begin_log_in(page, who, password);
            await is_told(page, "The number or the password is not right.");
        }
        assert.deepEqual(await scene.newest(number), last);
    });

    it("sets a new password by the code of a text, and the old one is good no more", async () => {
        const page = await scene.page();
        const number = new_number();
        await register(page, number);
        const other = await scene.page();
        const earlier = await scene.newest(number);
        await asked_for_code(other, "/forgot", number);
        await enter(other, await scene.code(number, earlier));
        await choose(other, "another good one");
        await is_logged_in(other, number);
        const third = await scene.page();
        await begin_log_in(third, number, PASSWORD);
        await is_told(third, "The number or the password is not right.");
        await log_in(third, number, "another good one");
        await is_logged_in(third, number);
    });

    it("shows a number without an account the same pages, and texts nothing", async () => {
        const page = await scene.page();
        const number = new_number();
        await asked_for_code(page, "/forgot", number);
        await enter(page, "123456");
        await is_told(page, "That code is not right");
        assert.equal(await scene.newest(number), undefined);
    });

    it("tells nobody which number has an account, however often a code is asked for or guessed", async () => {
        const known = new_number();
        await register(await scene.page(), known);
        const seen = [];
        for (const number of [known, new_number()]) {
            const page = await scene.page();
            const told = [];
            for (let i = 0; i < 3; i++) await asked_for_code(page, "/forgot", number);
            await page.getByRole("button", { name: "Text me another one" }).click();
            await page.getByLabel("Code", { exact: true }).waitFor();
            told.push(await page.getByRole("alert").count());
            const right = number === known ? await scene.code(number) : undefined;
            for (let i = 0; i < 6; i++) {
                await enter(page, right === "000000" ? "000001" : "000000");
                told.push(await page.getByRole("alert").innerText());
            }
            seen.push(told);
        }
        assert.deepEqual(seen[0], seen[1]);
    });

    it("takes the code of the text where another one was asked for too soon, in whichever browser", async () => {
        const number = new_number();
        await register(await scene.page(), number);
        const earlier = await scene.newest(number);
        await asked_for_code(await scene.page(), "/forgot", number);
        const code = await scene.code(number, earlier);
        const other = await scene.page();
        await asked_for_code(other, "/forgot", number);
        await enter(other, code);
        await choose(other, "another good one");
        await is_logged_in(other, number);
    });

    it("refuses a proof that was used, and the password stays", async () => {
        const page = await scene.page();
        const number = new_number();
        await register(page, number);
        const earlier = await scene.newest(number);
        await asked_for_code(page, "/forgot", number);
        await enter(page, await scene.code(number, earlier));
        const proof = await page.locator("input[name=proof]").inputValue();
        await choose(page, "the second password");
        await is_logged_in(page, number);
        const again = await scene.post_password(proof, "a thief's password");
        assert.equal(again.status, 403);
        assert.match(again.text, /This proof was used before/);
        const other = await scene.page();
        await begin_log_in(other, number, "a thief's password");
        await is_told(other, "The number or the password is not right.");
    });

    it("refuses proofs that are for something else, for someone else, or changed", async () => {
        const number = new_number();
        await register(await scene.page(), number);
        const ours = await scene.proof(number, "reset");
        const [header, , signature] = ours.split(".");
        const claims = JSON.parse(Buffer.from(ours.split(".")[1], "base64url"));
        const changed = Buffer.from(JSON.stringify({ ...claims, sub: "+14155550100" })).toString("base64url");
        const unsigned = Buffer.from(JSON.stringify({ typ: "otp-proof+jwt", alg: "none" })).toString("base64url");
        const bad = {
            "for something else": await scene.proof(number, "log-in"),
            "another tenant's": await scene.proof(number, "reset", scene.env.OTP_OTHER_API_KEY),
            "of another number": [header, changed, signature].join("."),
            "without a signature": [unsigned, ours.split(".")[1], ""].join("."),
            "no proof": "x",
        };
        for (const [what, proof] of Object.entries(bad)) {
            const answer = await scene.post_password(proof, "a thief's password");
            assert.equal(answer.status, 403, what);
            assert.match(answer.text, /This proof is (not good|for something else)/, what);
        }
        assert.equal((await scene.post_password(ours, PASSWORD)).status, 302, "the one that is good");
    });

    it("hands out proofs that the lines for Node.js in docs/proofs.md believe once, for their purpose", async () => {
        const page = await readFile(new URL("../../docs/proofs.md", import.meta.url), "utf8");
        const lines = /```js\n([^]*?)```/.exec(page)[1].replace(/^import .*$/m, "").replace("export ", "")
            .replace("https://otp.example.com", scene.env.OTP_VERIFY_URL);
        const used = new Set();
        const first_use = async (jti) => !used.has(jti) && Boolean(used.add(jti));
        const lent = { ...jose, firstUse: first_use };
        const number_proved = new Function(...Object.keys(lent), lines + "return numberProved")(...Object.values(lent));
        const number = new_number();
        const proof = await scene.proof(number, "login");
        await assert.rejects(number_proved(proof, "reset"));
        assert.equal(await number_proved(proof, "login"), number);
        await assert.rejects(number_proved(proof, "login"));
        const others = await scene.proof(new_number(), "login", scene.env.OTP_OTHER_API_KEY);
        await assert.rejects(number_proved(others, "login"), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
    });

    it("has a code field for a phone's keyboard and for the code of a text", async () => {
        const page = await scene.page();
        const number = new_number();
        await asked_for_code(page, "/register", number);
        const field = page.getByLabel("Code", { exact: true });
        assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
        assert.equal(await field.getAttribute("inputmode"), "numeric");
        const code = await scene.code(number);
        const text = (await scene.newest(number)).text;
        assert.equal(text.split("\n").at(-1), `@localhost #${code}`);
    });

    it("sends the form itself where the browser reads the text", async () => {
        const page = await scene.page();
        const number = new_number();
        await page.addInitScript(() => {
            window.OTPCredential = class {};
            navigator.credentials.get = (asked) => {
                window.asked = asked;
                return new Promise((give) => { window.give = give; });
            };
        });
        await asked_for_code(page, "/register", number);
        assert.deepEqual(await page.evaluate(() => window.asked.otp), { transport: ["sms"] });
        const code = await scene.code(number);
        await page.evaluate((given) => window.give({ code: given }), code);
        await choose(page, PASSWORD);
        await is_logged_in(page, number);
    });

    it("waits for a text no longer once the form is sent", async () => {
        const page = await scene.page();
        await page.addInitScript(() => {
            window.OTPCredential = class {};
            navigator.credentials.get = ({ signal }) => new Promise((_, refuse) => {
                signal.addEventListener("abort", () => { sessionStorage.aborted = "yes"; refuse(signal.reason); });
            });
        });
        const number = new_number();
        await asked_for_code(page, "/register", number);
        assert.equal(await page.evaluate(() => sessionStorage.aborted), undefined);
        await enter(page, await scene.code(number));
        await page.getByLabel("New password").waitFor();
        assert.equal(await page.evaluate(() => sessionStorage.aborted), "yes");
        assert.deepEqual(scene.page_errors, []);
    });
});
