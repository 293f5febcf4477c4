// pages_look.mjs URL PATH...: opens each page in Chromium and prints, as JSON, its text, what went wrong and what it asked elsewhere for.
import {chromium} from 'playwright-core';

// It would look for updates and servers of its maker, and this is a test on loopback.
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const [base, ...paths] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
const seen = {};
for (const path of paths) {
    const page = await browser.newPage();
    const errors = [];
    const outside = [];
    page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => {
        if (!request.url().startsWith(base) && !request.url().startsWith('data:')) outside.push(request.url());
    });
    await page.goto(base + path);
    await page.getByText('/v1/verifications').first().waitFor({state: 'attached'});
    seen[path] = {text: await page.locator('body').innerText(), errors, outside};
    await page.close();
}
await browser.close();
console.log(JSON.stringify(seen));
