/** Making exports, in the background: step by step, each a transaction that writes a part and how far it has come. */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";
import { RequestError } from "../../errors.ts";
import { NOBODY } from "../../ids.ts";
import { EXPORT_KEPT_DAYS } from "../../limits.ts";
import type { Work } from "../context.ts";
import { accountSections } from "./account.ts";
import { conversationSections } from "./conversation.ts";
import { friendshipSections } from "./friendship.ts";
import { momentSections } from "./moment.ts";
import type { Section } from "./section.ts";
import { shareSections } from "./share.ts";
import { videoSections } from "./video.ts";

/** Everything about a person, in this order. */
const SECTIONS: readonly Section[] = [
  ...accountSections,
  ...friendshipSections,
  ...videoSections,
  ...shareSections,
  ...momentSections,
  ...conversationSections,
];

const LINES_A_PART = 2_000;
/** Steps that may fail before an export is given up; there is a minute between two. */
const MAX_FAILURES = 5;

interface Progress {
  readonly id: string;
  readonly userId: string;
  readonly section: string | null;
  readonly after: string[] | null;
}

// What another node is making is passed over.
const take = statement<{ past: string }, Progress>(
  "job_export_take",
  `
  select e.id, e.user_id as "userId", e.section, e.after
  from data_exports e
  where e.status = 'RUNNING' and e.id > :past
  order by e.id
  limit 1
  for no key update skip locked`,
);

type PartParameters = {
  id: string;
  lines: string;
  section: string | null;
  after: readonly string[] | null;
  keptDays: number;
};

const writePart = statement<PartParameters, Nothing>(
  "job_export_write",
  `
  with moved as (
    update data_exports e
    set
      section = :section::text, after = :after::text[],
      part_count = e.part_count + case when :lines = '' then 0 else 1 end,
      status = case when :section::text is null then 'READY' else e.status end,
      expires_at = case when :section::text is null then now() + make_interval(days => :keptDays) end
    where e.id = :id
    returning e.id, e.part_count
  )
  insert into data_export_parts (export_id, nr, lines)
  select m.id, m.part_count, :lines
  from moved m
  where :lines <> ''`,
);

const countFailure = statement<{ id: string; most: number }, Nothing>(
  "job_export_fail",
  `
  with failed as (
    update data_exports e
    set failures = e.failures + 1, status = case when e.failures + 1 < :most then e.status else 'FAILED' end
    where e.id = :id and e.status = 'RUNNING'
    returning e.id, e.status
  )
  delete from data_export_parts p
  using failed f
  where p.export_id = f.id and f.status = 'FAILED'`,
);

/** Writes the next part of an export: it is ready once the last section is read. */
async function step(queries: Queries, { id, userId, section, after }: Progress): Promise<void> {
  let at = section === null ? 0 : SECTIONS.findIndex(({ type }) => type === section);
  // Begun by a build that had other sections.
  if (at < 0) throw new Error(`An export has no section ${section}.`);
  const lines: string[] = [];
  let key: readonly string[] | null = after;
  for (let next = SECTIONS[at]; next !== undefined && lines.length < LINES_A_PART; next = SECTIONS[at]) {
    const read = await next.read(queries, userId, key, LINES_A_PART - lines.length);
    for (const line of read.lines) lines.push(`${line}\n`);
    key = read.after;
    if (key === null) at++;
  }
  await queries.run(writePart, {
    id,
    lines: lines.join(""),
    section: SECTIONS[at]?.type ?? null,
    after: key,
    keptDays: EXPORT_KEPT_DAYS,
  });
}

/** Makes every export that waits; throws what a step threw, after the others are made. */
export const makeExports: Work = async (context, stop) => {
  let past = NOBODY;
  let thrown: unknown = null;
  for (let isThere = true; isThere && !stop.aborted; ) {
    let taken: string | null = null;
    try {
      isThere = await context.database.transaction(async (queries) => {
        const [progress] = await queries.run(take, { past });
        if (progress === undefined) return false;
        taken = progress.id;
        await step(queries, progress);
        return true;
      });
    } catch (error) {
      if (taken === null || error instanceof RequestError) throw error;
      await context.database.run(countFailure, { id: taken, most: MAX_FAILURES });
      past = taken;
      thrown = error;
    }
  }
  if (thrown !== null) throw thrown;
};
