export { createCookieSession } from './cookie-session.js';
export type { CookieSession, CookieSessionOptions } from './cookie-session.js';
export { SessionEnded, createSession } from './session.js';
export type { Session, SessionOptions, SessionTokens } from './session.js';
export { TokenRequestFailed, createTokenClient } from './token-client.js';
export type { TokenClient, TokenClientOptions } from './token-client.js';
