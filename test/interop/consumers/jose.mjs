import { answerLines } from './lines.mjs';

const { verify } = await import(process.argv[2]);
await answerLines(async (token) => {
  try {
    const { scope } = await verify(token);
    return scope.split(' ').includes('read') ? 200 : 403;
  } catch (error) {
    return error.status ?? 500;
  }
});
