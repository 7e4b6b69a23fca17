/** What an action is called: a word, or two joined by a colon, as permissions are. */
export const ACTION_PATTERN = /^[a-z][a-z0-9-]{0,30}(?::[a-z][a-z0-9-]{0,30})?$/;
export const ACTION_MAX = 63;

/** Actions that one resource may have. */
export const ACTIONS_MAX = 50;
