/** Exports as a client asks for them, waits for them and fetches them. */
import { makeExports } from "../../src/actions/export/make.ts";
import { send } from "../support/ask.ts";
import { PASSWORD, type Person, type World } from "../support/world.ts";
import type { Node } from "./mutations.ts";

export interface DataExport {
  readonly id: string;
  readonly status: "RUNNING" | "READY" | "FAILED" | "EXPIRED";
  readonly url: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

interface Begun {
  readonly export: DataExport | null;
  readonly userErrors: { code: string; path: string[] | null }[];
}

type Asker = { readonly token: string };

const EXPORT = "{ id status url createdAt expiresAt }";
const PATIENCE_MS = 120_000;

/** Asks for an export. */
export async function askForExport(node: Node, person: Asker, password = PASSWORD): Promise<Begun> {
  const { data, errors } = await send<{ exportMyData: Begun }>(
    node.server.url,
    person.token,
    `mutation ($password: String!) {
      exportMyData(input: { password: $password }) { export ${EXPORT} userErrors { code path } }
    }`,
    { password },
  );
  expect(errors).toEqual([]);
  return data.exportMyData;
}

/** Somebody's exports, newest first. */
export async function exportsOf(node: Node, person: Asker): Promise<DataExport[]> {
  const { data } = await send<{ viewer: { dataExports: DataExport[] } }>(
    node.server.url,
    person.token,
    `{ viewer { dataExports ${EXPORT} } }`,
  );
  return data.viewer.dataExports;
}

/** Somebody's newest export, once it is no longer being made. */
export async function exportMade(node: Node, person: Asker): Promise<DataExport> {
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const [newest] = await exportsOf(node, person);
    if (newest !== undefined && newest.status !== "RUNNING") return newest;
    if (Date.now() > deadline) throw new Error("It is still being made.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Everything that somebody's export says, made by hand: no test's server works in the background. */
export async function exportOf(world: World, person: Person): Promise<Line[]> {
  await askForExport(world, person);
  await makeExports(world.as(null), new AbortController().signal);
  return fetchLines((await exportMade(world, person)).url);
}

export type Line = Record<string, unknown> & { readonly type: string };

/** What stands behind the address of an export. */
export async function fetchLines(url: string | null | undefined): Promise<Line[]> {
  const response = await fetch(url ?? "");
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "application/x-ndjson; charset=utf-8",
  ]);
  const text = await response.text();
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** Of these lines, those of one type. */
export const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);
