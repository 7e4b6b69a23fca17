import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { startBrowser } from './support/browser.js';

describe('the documentation page in a browser', () => {
  let app: TestApp;
  let user: TestUser;
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    app = await startTestApp({ settings: { SWAGGER: 'on' } });
    user = await app.createUser({ roles: ['editor'] });
    browser = await startBrowser();
    page = await browser.newPage();
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(app.url) && !url.startsWith('data:')) foreign.push(url);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** Opens an operation, fills in its body, sends it, and reads the answer that the page shows. */
  async function tryOut(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: string; text: string }> {
    const operation = page.locator(`.opblock-${method}`, {
      has: page.locator(`[data-path="${path}"]`),
    });
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    if (body !== undefined)
      await operation.locator('textarea.body-param__text').fill(JSON.stringify(body));
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response');
    const status = await answer.locator('.response-col_status').innerText();
    const shown = await answer
      .locator('.response-col_description .highlight-code')
      .first()
      .innerText();
    // A button to download it stands beside the JSON.
    const text = /\{[^]*\}/.exec(shown)?.[0] ?? shown;
    return { status: status.trim(), text };
  }

  it('signs in, takes the token, and calls a protected route with it', async () => {
    await page.goto(`${app.url}/docs`);
    await page.locator('.opblock').first().waitFor();

    const refused = await tryOut('get', '/v1/auth/sessions');
    expect(refused.status).toContain('401');

    const signedIn = await tryOut('post', '/v1/auth/login', {
      identifier: user.email,
      password: user.password,
    });
    expect(signedIn.status).toContain('200');
    const { access_token: token } = JSON.parse(signedIn.text) as { access_token: string };

    await page.locator('.auth-wrapper .btn.authorize').first().click();
    const tokenField = page.locator('#auth-bearer-value'); // the other way to authorize is a client's
    const byToken = page.locator('.modal-ux .auth-container', { has: tokenField });
    await tokenField.fill(token);
    await byToken.locator('.btn.authorize').click();
    await page.locator('.modal-ux .btn-done').first().click();

    const me = await tryOut('get', '/v1/auth/me');
    expect(me.status).toContain('200');
    expect(JSON.parse(me.text)).toMatchObject({ id: user.id, email: user.email });
  }, 60_000);

  it('loads nothing from elsewhere, and its content policy stops nothing', () => {
    expect(foreign).toEqual([]);
    // The 401 above is reported by the browser, too; a violated policy would say so by name.
    expect(complaints.filter((text) => /content security policy/i.test(text))).toEqual([]);
  });
});
