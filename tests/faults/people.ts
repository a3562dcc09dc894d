/** People on a server that nobody knows yet, by its API alone. */
import { rowId } from "../../src/ids.ts";
import { send } from "../support/ask.ts";
import type { Somebody } from "./talk.ts";

export const PASSWORD = "a password for tests";

async function ask<Data>(url: string, token: string | null, query: string, variables: object): Promise<Data> {
  const { data, errors } = await send<Data>(url, token, query, { ...variables });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

/** Signs somebody up. */
export async function signUp(url: string, handle: string): Promise<Somebody & { readonly id: string }> {
  const input = { handle, displayName: handle, password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
  const { signUp } = await ask<{
    signUp: { credentials: { accessToken: string }; viewer: { user: { id: string } } };
  }>(
    url,
    null,
    "mutation ($input: SignUpInput!) { signUp(input: $input) { credentials { accessToken } viewer { user { id } } } }",
    { input },
  );
  return { handle, token: signUp.credentials.accessToken, id: signUp.viewer.user.id };
}

/** A group of new people, and its row id; the first is everybody's friend. */
export async function gather(
  url: string,
  handles: readonly string[],
): Promise<{ people: Somebody[]; conversation: string }> {
  const people = await Promise.all(handles.map((handle) => signUp(url, handle)));
  const [owner, ...others] = people;
  if (owner === undefined) throw new Error("There is nobody.");
  const befriend =
    "mutation ($id: ID!) { sendFriendRequest(input: { userId: $id }) { userErrors { code } } }";
  for (const other of others) {
    await ask(url, owner.token, befriend, { id: other.id });
    await ask(url, other.token, befriend, { id: owner.id });
  }
  const { startConversation } = await ask<{ startConversation: { conversation: { id: string } } }>(
    url,
    owner.token,
    `mutation ($userIds: [ID!]!) {
      startConversation(input: { userIds: $userIds, title: "A group" }) { conversation { id } }
    }`,
    { userIds: others.map(({ id }) => id) },
  );
  return { people, conversation: rowId("conversation", startConversation.conversation.id) };
}
