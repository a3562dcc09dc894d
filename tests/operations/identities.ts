/** Nodes whose people come by an identity provider, and what they answer a token. */
import { send } from "../support/ask.ts";
import type { TestProvider } from "../support/identity-provider.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import type { World } from "../support/world.ts";
import type { Node } from "./mutations.ts";

/** A node with an identity provider, on the database of a world. */
export async function startNode(
  world: World,
  provider: TestProvider,
  moderators: readonly string[] = [],
): Promise<{ server: TestServer }> {
  const config = { identityProvider: provider.config, moderators };
  return { server: await startTestServer({ demo: false, database: world.server.database, config }) };
}

export const WHO = `{ viewer { email phone birthDate country user { id handle displayName } } }`;
export interface Who {
  readonly viewer: {
    readonly email: string | null;
    readonly phone: string | null;
    readonly birthDate: string | null;
    readonly country: string;
    readonly user: { readonly id: string; readonly handle: string; readonly displayName: string };
  } | null;
}

export const ask = (token: string, on: Node) => send<Who>(on.server.url, token, WHO);
/** Whom a token names; throws where it is refused. */
export async function who(token: string, on: Node) {
  const { data, errors } = await ask(token, on);
  if (data?.viewer == null) throw new Error(`Nobody: ${JSON.stringify(errors)}`);
  return data.viewer;
}
/** The status and the code that a token meets. */
export async function refusal(token: string, on: Node): Promise<string> {
  const { status, errors } = await ask(token, on);
  return `${status} ${errors[0]?.extensions.code}`;
}
/** Waits until a token meets an outcome. */
export async function until(token: string, on: Node, outcome: string): Promise<void> {
  for (const patience = Date.now() + 15_000; (await refusal(token, on)) !== outcome; ) {
    if (Date.now() > patience) throw new Error(`It is ${await refusal(token, on)}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const REFUSED = "401 UNAUTHENTICATED";
export const WELCOME = "200 undefined";
