export function findProgram(...names: string[]): string | undefined;
export function installMariadb(folder: string): string[];
