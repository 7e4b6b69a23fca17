import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../config/settings.js';
import { ValidationFailed } from '../../platform/http/problems.js';
import { PasswordPolicy, contextWordsOf } from './password-policy.js';

const policy = new PasswordPolicy(loadSettings({ ISSUER_URL: 'https://login.wombat-tools.test' }));
const ADA = contextWordsOf({
  email: 'a.lovelace@example.com',
  username: 'countess.ada',
  displayName: 'Ada King Lovelace',
});

/** The code of the refusal; undefined when the password was accepted. */
async function refusal(password: string, pointer?: string): Promise<string | undefined> {
  try {
    await policy.check(password, ADA, pointer);
    return undefined;
  } catch (error) {
    if (!(error instanceof ValidationFailed)) throw error;
    const [first] = error.errors ?? [];
    expect(JSON.stringify(error.errors)).not.toContain(password);
    expect(first?.pointer).toBe(pointer ?? '/password');
    return first?.code;
  }
}

/** Random, of as many code points as asked for. */
const RANDOM =
  'mtgwzjqkxbvnplohdcysufaerimqzgtwkxbjvnhpdlyocusfgarqeiztmwkbxjvnphdloycsufgqraeitzmkwbxjnvphdlcoysugfqraeztimwkbjxnvphldcosyugfrqa';

describe('the password policy', () => {
  it('counts code points', async () => {
    expect(await refusal(RANDOM.slice(0, 14))).toBe('password_too_short');
    expect(await refusal(RANDOM.slice(0, 15))).toBeUndefined();
    expect(await refusal(RANDOM.slice(0, 64))).toBeUndefined();
    expect(await refusal(RANDOM.slice(0, 128))).toBeUndefined();
    expect(await refusal(RANDOM.slice(0, 129))).toBe('password_too_long');
    const fox = '\u{1f98a}';
    expect(await refusal(RANDOM.slice(0, 13) + fox)).toBe('password_too_short');
    expect(await refusal(RANDOM.slice(0, 14) + fox)).toBeUndefined();
    // Two code points that the normal form makes one.
    expect(await refusal(`${RANDOM.slice(0, 13)}e\u0301`)).toBe('password_too_short');
  });

  it.each([
    'mtgwzjqkxbvnplohd',
    '839201746652910384',
    'correct horse battery staple',
    'nine black swans upon the mere',
    '  leading and trailing blanks  ',
    'kanaler över gröna ängar',
    'ada likes her tea without any milk',
  ])('asks for no kinds of characters: %s', async (password) => {
    expect(await refusal(password)).toBeUndefined();
  });

  it.each([
    'passwordpassword',
    'qwertyuiopasdfgh',
    'P@ssw0rdP@ssw0rd',
    'aaaaaaaaaaaaaaaa',
    '1234567890123456',
    'abcdefghijklmnop',
    'letmeinletmeinletmein',
    '1q2w3e4r5t6y7u8i',
    'password'.repeat(16),
  ])('refuses what everyone tries: %s', async (password) => {
    expect(await refusal(password)).toBe('password_common');
  });

  it.each([
    'countess.adacountess.ada1',
    'Countess.Ada2024!',
    'a.lovelace@example.com',
    'adakinglovelace1',
    'signetsignet2024',
    'wombat-tools.test1',
    'loginwombat-tools1',
    'signetadalovelace12345',
  ])('refuses what is known of the person and the place: %s', async (password) => {
    expect(await refusal(password)).toBe('password_common');
  });

  it.each(['\ud800', '\u0000'])('refuses what is no text: %j', async (character) => {
    expect(await refusal(RANDOM.slice(0, 20) + character)).toBe('password_malformed');
  });

  it('blames the field that it is told', async () => {
    expect(await refusal('tiny', '/newPassword')).toBe('password_too_short');
  });

  it('gives the normal form back', async () => {
    const password = 'ﬁne crème brûlée for eleven';
    expect(await policy.check(password.normalize('NFD'), ADA)).toBe(password.normalize('NFKC'));
  });

  it('takes little time for long passwords', async () => {
    await refusal(RANDOM.slice(0, 20)); // loads the dictionaries
    const started = performance.now();
    await refusal('4@8({[<369&#!1|0$5+7%2'.repeat(5));
    // 60 ms on the machine on which it was written, 1 s without limits.
    expect(performance.now() - started).toBeLessThan(500);
  });
});
