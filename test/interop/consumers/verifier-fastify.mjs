import { fastify } from 'fastify';
import { answerLines, askServer } from './lines.mjs';

const { registerSignet } = await import(process.argv[2]);
const app = fastify();
await registerSignet(app);
app.get('/read', { config: { signet: { scopes: ['read'] } } }, () => ({}));
await answerLines(await askServer(await app.listen({ port: 0, host: '127.0.0.1' })));
await app.close();
