import express from 'express';
import { answerLines, askServer } from './lines.mjs';

const { signet, requires } = await import(process.argv[2]);
const app = express();
app.use(signet);
app.get('/read', requires('read'), (request, response) => response.json({ sub: request.auth.sub }));
// Express tells an error handler by its four parameters.
app.use((error, _request, response, _next) => response.sendStatus(error.status ?? 500));
const server = app.listen(0, '127.0.0.1', async () => {
  await answerLines(await askServer(`http://127.0.0.1:${server.address().port}`));
  server.close();
});
