import { createInterface } from 'node:readline';

/** Answers each line `{token}` with a line `{status}`, one after the other, until the input ends. */
export async function answerLines(statusOf) {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const { token } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify({ status: await statusOf(token) })}\n`);
  }
}

/** The status with which a server on a free port answers `GET /read` for a token. */
export async function askServer(address) {
  return async (token) => {
    const response = await fetch(`${address}/read`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  };
}
