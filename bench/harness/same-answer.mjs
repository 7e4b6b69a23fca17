import { isDeepStrictEqual } from 'node:util';

/** Sees to it that two servers say the same: else one would be measured doing other work. */
export async function sameAnswer(servers, paths, tokens) {
  const [one, other] = await Promise.all(
    servers.slice(0, 2).map(async (server, i) => {
      const headers = { authorization: `Bearer ${tokens[i]}` };
      const answer = await fetch(`${server.url}${paths[i]}`, { headers });
      if (answer.status !== 200)
        throw new Error(`${server.name}: ${answer.status}; see ${server.log}`);
      return answer.json();
    }),
  );
  if (!isDeepStrictEqual(one, other)) {
    throw new Error(`The answers differ:\n${JSON.stringify(one)}\n${JSON.stringify(other)}`);
  }
}
