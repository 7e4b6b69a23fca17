import type { Check, CheckContext, Finding } from './check.js';
import { describe, judge } from './judge.js';
import { send } from './sender.js';
import type { Answer, Carried, Target } from './sender.js';
import { watchRevocation } from './revocation-watch.js';
import type { BadKind, LabelledToken } from './token-source.js';

const bearer = (token: string): Carried => ({ authorization: [`Bearer ${token}`] });

/** The service takes a good token. */
export const ACCEPTS: Check = {
  name: 'accepts',
  promise: 'takes a good token',
  run: async ({ target, tokens }) => takes(target, bearer(await tokens.good()), 'a good token'),
};

/** All others, in the order in which they are made. */
export const CHECKS: readonly Check[] = [
  {
    name: 'noToken',
    promise: 'refuses a request without a token',
    run: ({ target }) => refuses(target, [['no token', {}]]),
  },
  {
    name: 'garbage',
    promise: 'refuses what is no token',
    run: ({ target }) =>
      refuses(
        target,
        ['Bearer', 'Bearer garbage', 'Bearer ..', 'Bearer e30.e30.e30', 'Bearer %00.%00.%00'].map(
          (value) => [`"${value}"`, { authorization: [value] }],
        ),
      ),
  },
  refusesKind('expired', 'refuses a token that has expired'),
  refusesKind('notYetValid', 'refuses a token that is not valid yet'),
  refusesKind('wrongAudience', 'refuses a token for somebody else'),
  refusesKind('wrongIssuer', 'refuses a token of another issuer'),
  refusesKind('tampered', 'refuses a token that was changed'),
  refusesKind('foreignKey', "refuses a token that a stranger signed under the good key's id"),
  refusesKind('unknownKey', 'refuses a token of an unknown key'),
  refusesKind('embeddedKey', 'refuses a token that brings its own key'),
  refusesKind('algNone', 'refuses a token that says it needs no signature'),
  refusesKind('keyConfused', 'refuses HMAC with the public key as the secret'),
  refusesKind('withoutType', 'refuses a token whose type is not that of access tokens'),
  refusesKind('refreshToken', 'refuses a refresh token'),
  {
    name: 'oversized',
    promise: 'refuses a token of 64 KiB',
    run: async ({ target, tokens }) =>
      refuses(target, (await tokens.bad('oversized')).map(carry), isHungUp),
  },
  {
    name: 'queryToken',
    promise: 'takes no token from the query string',
    run: async ({ target, tokens }) => {
      const token = await tokens.good();
      const names = ['access_token', 'token', 'jwt', 'auth_token'];
      return refuses(
        target,
        names.map((name) => [`a good token as ?${name}=`, { query: { [name]: token } }]),
      );
    },
  },
  {
    name: 'otherScheme',
    promise: 'takes no token under another scheme than Bearer',
    run: async ({ target, tokens }) => {
      const token = await tokens.good();
      const values = { Basic: `Basic ${token}`, Token: `Token ${token}`, 'no scheme': token };
      return refuses(
        target,
        Object.entries(values).map(([label, value]) => [
          `a good token under ${label}`,
          { authorization: [value] },
        ]),
      );
    },
  },
  {
    name: 'trailingText',
    promise: 'refuses text around the token',
    run: async ({ target, tokens }) => {
      const token = await tokens.good();
      const values = [`Bearer ${token} junk`, `Bearer ${token}, Bearer ${token}`];
      return refuses(
        target,
        values.map((value, i) => [
          `a good token with ${i === 0 ? 'text' : 'a second token'} after it`,
          { authorization: [value] },
        ]),
      );
    },
  },
  {
    name: 'twoHeaders',
    promise: 'refuses two Authorization headers: a proxy may have judged the other one',
    run: async ({ target, tokens }) => {
      const good = `Bearer ${await tokens.good()}`;
      const bad = 'Bearer garbage';
      return refuses(target, [
        ['a bad token after a good one', { authorization: [good, bad] }],
        ['a good token after a bad one', { authorization: [bad, good] }],
      ]);
    },
  },
  {
    name: 'lowerCaseScheme',
    promise: 'decides about "bearer" in small letters, either way',
    run: async ({ target, tokens }) => {
      const answer = await send(target, { authorization: [`bearer ${await tokens.good()}`] });
      const passed = judge(answer) !== 'unclear';
      return { passed, detail: `${describe(answer)} to "bearer" and a good token` };
    },
  },
  {
    name: 'revoked',
    promise: 'refuses a revoked token within the stated bound',
    run: watchRevocation,
  },
  { ...ACCEPTS, name: 'acceptsAgain', promise: 'still takes a good token after all that' },
  // Last: from here on the good tokens are of another key.
  {
    name: 'nextKey',
    promise: "takes a token of the issuer's next key",
    run: async ({ target, tokens }) =>
      takes(target, bearer(await tokens.goodOfNextKey()), 'a good token of the next key'),
  },
];

function refusesKind(name: BadKind, promise: string): Check {
  const run = async ({ target, tokens }: CheckContext) =>
    refuses(target, (await tokens.bad(name)).map(carry));
  return { name, promise, run };
}

function carry({ label, token }: LabelledToken): [string, Carried] {
  return [`a token ${label}`, bearer(token)];
}

/** Servers hang up on a header above their limit, perhaps before all of it was sent (RFC 6585 5 asks for 431). */
function isHungUp(answer: Answer): boolean {
  return 'problem' in answer && answer.hungUp;
}

async function refuses(
  target: Target,
  attempts: readonly (readonly [string, Carried])[],
  isAlsoRefusal: (answer: Answer) => boolean = () => false,
): Promise<Finding> {
  const statuses = new Set<string>();
  for (const [label, carried] of attempts) {
    const answer = await send(target, carried);
    if (judge(answer) !== 'refused' && !isAlsoRefusal(answer))
      return { passed: false, detail: `${describe(answer)} to ${label}` };
    statuses.add(describe(answer));
  }
  if (statuses.size === 0) throw new Error('A check without an attempt proves nothing');
  return { passed: true, detail: [...statuses].join(', ') };
}

async function takes(target: Target, carried: Carried, label: string): Promise<Finding> {
  const answer = await send(target, carried);
  return { passed: judge(answer) === 'accepted', detail: `${describe(answer)} to ${label}` };
}
