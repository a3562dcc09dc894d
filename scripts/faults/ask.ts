/** One operation over HTTP, as a client sends it. */

const PATIENCE_MS = 60_000;

export interface Answer<Data> {
  readonly data: Data | null;
  /** The codes of what went wrong. */
  readonly codes: readonly string[];
}

/** Sends an operation; throws where no answer came in time, or something else than an answer. */
export async function send<Data>(
  url: string,
  token: string | null,
  query: string,
  variables: object,
  patienceMs = PATIENCE_MS,
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const body = (await response.json()) as {
    data?: Data | null;
    errors?: readonly { extensions?: { code?: string } }[];
  };
  return {
    data: body.data ?? null,
    codes: (body.errors ?? []).map(({ extensions }) => extensions?.code ?? "INTERNAL"),
  };
}

/** Sends an operation that must succeed; throws otherwise. */
export async function ask<Data>(
  url: string,
  token: string | null,
  query: string,
  variables: object,
): Promise<Data> {
  const { data, codes } = await send<Data>(url, token, query, variables);
  if (data === null || codes.length > 0) throw new Error(`The server answered ${codes.join(", ")}.`);
  return data;
}
