/** The people of a fault run, by the API alone: who they are, what they talk in, and how each shows who they are. */
import { jwtVerify } from "jose";
import pLimit from "p-limit";
import { issueAccessToken } from "../../src/actions/tokens.ts";
import { rowId } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { ask } from "./ask.ts";

const PASSWORD = "a password for fault runs";
/** A server hashes few passwords at a time, and lets few wait. */
const limit = pLimit(6);
/** An access token lives fifteen minutes, on a clock that may be minutes off. */
const TOKEN_MS = 4 * 60 * 1_000;

export interface Person {
  readonly handle: string;
  /** The global id, and the row's. */
  readonly id: string;
  readonly userId: string;
  /** An access token that is good for some minutes. */
  token(): Promise<string>;
}

interface SignedUp {
  signUp: { credentials: { accessToken: string }; viewer: { user: { id: string } } };
}

/** Signs people up, on a server with this SECRET. */
export async function signUp(url: string, secret: string, handles: readonly string[]): Promise<Person[]> {
  const keys = deriveKeys(secret);
  return Promise.all(
    handles.map((handle) =>
      limit(async () => {
        const input = {
          handle,
          displayName: handle,
          password: PASSWORD,
          birthDate: "1995-06-15",
          country: "DE",
        };
        const { signUp } = await ask<SignedUp>(url, null, SIGN_UP, { input });
        const { id } = signUp.viewer.user;
        const { payload } = await jwtVerify(signUp.credentials.accessToken, keys.accessToken);
        const viewer = { userId: rowId("user", id), sessionId: String(payload.sid) };
        let issued = { token: signUp.credentials.accessToken, at: Date.now() };
        const token = async () => {
          if (Date.now() - issued.at > TOKEN_MS) {
            issued = { token: (await issueAccessToken(keys, viewer)).token, at: Date.now() };
          }
          return issued.token;
        };
        return { handle, id, userId: viewer.userId, token };
      }),
    ),
  );
}

const SIGN_UP = `mutation ($input: SignUpInput!) {
  signUp(input: $input) { credentials { accessToken } viewer { user { id } } }
}`;
const BEFRIEND = `mutation ($id: ID!) { sendFriendRequest(input: { userId: $id }) { userErrors { code } } }`;
const START = `mutation ($userIds: [ID!]!, $title: String) {
  startConversation(input: { userIds: $userIds, title: $title }) { conversation { id } userErrors { code } }
}`;

/** Makes friends of one person and others. */
export async function befriend(url: string, person: Person, others: readonly Person[]): Promise<void> {
  for (const other of others) {
    await ask(url, await person.token(), BEFRIEND, { id: other.id });
    await ask(url, await other.token(), BEFRIEND, { id: person.id });
  }
}

/** Starts a conversation with friends, a group when it has a title; returns its row id. */
export async function converse(
  url: string,
  owner: Person,
  others: readonly Person[],
  title: string | null,
): Promise<string> {
  const { startConversation } = await ask<{
    startConversation: { conversation: { id: string } | null; userErrors: readonly { code: string }[] };
  }>(url, await owner.token(), START, { userIds: others.map(({ id }) => id), title });
  const { conversation, userErrors } = startConversation;
  if (conversation === null || userErrors.length > 0) {
    throw new Error(`The conversation could not begin: ${JSON.stringify(userErrors)}`);
  }
  return rowId("conversation", conversation.id);
}
