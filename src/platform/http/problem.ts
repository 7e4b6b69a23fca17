/** One field of a request that is wrong. `pointer` is a JSON pointer (RFC 6901) into the body, or a parameter name. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** The fixed part of a kind of problem: what the documentation and the error page list. */
export interface ProblemKind {
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error that has a meaning for the client (RFC 9457). Everything in it may be shown. */
export abstract class Problem extends Error {
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  protected constructor(
    readonly kind: ProblemKind,
    options: ProblemOptions = {},
  ) {
    super(options.detail ?? kind.title, { cause: options.cause });
    this.name = kind.code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/** A class of problems, as made by `defineProblem`. */
export interface ProblemClass {
  readonly kind: ProblemKind;
  new (options?: ProblemOptions): Problem;
}

const kinds = new Map<string, ProblemKind>();

/**
 * Makes the class of a problem: `class EmailTaken extends defineProblem('email_taken', 409, '...') {}`.
 * `title` is a sentence for people and is the same for every occurrence.
 *
 * @throws Error when the code exists already: codes are what clients depend on.
 */
export function defineProblem(code: string, status: number, title: string): ProblemClass {
  if (kinds.has(code)) throw new Error(`The problem code ${code} is defined twice`);
  const kind = Object.freeze({ code, status, title });
  kinds.set(code, kind);
  return class extends Problem {
    static readonly kind = kind;
    constructor(options?: ProblemOptions) {
      super(kind, options);
    }
  };
}

/** Every problem that is defined, ordered by status and code. */
export function allProblemKinds(): readonly ProblemKind[] {
  return [...kinds.values()].sort((a, b) => a.status - b.status || a.code.localeCompare(b.code));
}

/** The body of a problem (RFC 9457 3). */
export function problemBody(problem: Problem, requestId: string) {
  const { kind, detail, errors } = problem;
  return {
    type: `urn:signet:problem:${kind.code}`,
    title: kind.title,
    status: kind.status,
    code: kind.code,
    ...(detail === undefined ? {} : { detail }),
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
}
