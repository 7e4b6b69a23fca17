import { answerLines } from './lines.mjs';

/** What happens where tokens are only decoded: the proof that each of the bad ones would be a way in. */
await answerLines((token) => {
  try {
    const { scope } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    return scope.split(' ').includes('read') ? 200 : 403;
  } catch {
    return 401;
  }
});
