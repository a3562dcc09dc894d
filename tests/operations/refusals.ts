/** Requests as they go over the wire, and what every refusal has to be: civil, with a code, and with nothing of the inside. */

/** Stands in bad requests where people have their passwords; it must never come back. */
export const PASSWORD = "hunter2-hunter2";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a body as it is. */
export async function post(
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, text: (await response.text()).trimEnd() };
}

/** Sends an operation as somebody. */
export function ask(
  url: string,
  token: string | null,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return post(url, JSON.stringify({ query, variables }), headers);
}

interface Coded {
  readonly code?: unknown;
  readonly extensions?: { readonly code?: unknown };
}

/** Every code in an answer: of its errors, and of what its payloads refuse; "no code" for an error that has none. */
export function codesOf({ text }: Answer): string[] {
  const found: unknown[] = [];
  JSON.parse(text, (key, value) => {
    if (key === "errors") found.push(...(value as Coded[]).map(({ extensions }) => extensions?.code));
    if (key === "userErrors") found.push(...(value as Coded[]).map(({ code }) => code));
    if (key === "error" && value !== null) found.push((value as Coded).code);
    return value;
  });
  return found.map((code) => String(code ?? "no code"));
}

const CODES = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "OPERATION_TOO_LARGE",
  "PAYLOAD_TOO_LARGE",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "CURSOR_EXPIRED",
  "INVALID",
  "NOT_FOUND",
  "FORBIDDEN",
  "UNAVAILABLE",
  "CONFLICT",
  "LIMIT_REACHED",
  "EXPIRED",
]);

/** Fails unless all that the answer says is codes that clients know, and nothing of it is from the inside. */
export function expectCivil(answer: Answer): void {
  expect({ ...answer, unknownCodes: codesOf(answer).filter((code) => !CODES.has(code)) }).toEqual({
    ...answer,
    unknownCodes: [],
  });
  expect(answer.status).toBeLessThan(500);
  expect(answer.text).not.toMatch(
    /INTERNAL|stacktrace|node_modules|\.ts:\d|\bat \S+ \(|postgres|syntax error at/i,
  );
  expect(answer.text).not.toContain(PASSWORD);
}

/** Fails unless the answer is a refusal with one of these codes and nothing else, and a civil one. */
export function expectRefusal(answer: Answer, ...codes: readonly string[]): void {
  expectCivil(answer);
  const found = codesOf(answer);
  expect({ ...answer, found: found.filter((code) => !codes.includes(code)) }).toEqual({
    ...answer,
    found: [],
  });
  expect(found.length).toBeGreaterThan(0);
}
