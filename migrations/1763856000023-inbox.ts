/** The inbox as everybody arranges it, pinned, put away and marked as unread; and search in what was said. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Inbox1763856000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(String.raw`
      -- Every row is written once, and the indexes over everything take as long as they take.
      set local statement_timeout = 0;

      drop index inbox_unread_idx, inbox_activity_idx;

      alter table inbox
        -- That of the conversation, which never changes: the page is chosen by it.
        add column kind conversation_kind,
        -- Whether the viewer wants to come back to it, though they have read it all.
        add column marked_unread boolean not null default false;
      update inbox i
      set kind = c.kind
      from conversations c
      where c.id = i.conversation_id;
      alter table inbox alter column kind set not null;

      -- "My direct conversations (groups, message requests), those that I have put away or not: the pinned ones first,
      -- then the liveliest". Both kinds together are two walks.
      create index inbox_activity_idx on inbox
        (user_id, state, archived, kind, pinned, last_activity_at, conversation_id);
      -- "Those of them with something unread, in the same order", and "how many they are".
      create index inbox_unread_idx on inbox
        (user_id, state, archived, kind, pinned, last_activity_at, conversation_id)
        where unread > 0 or marked_unread;

      -- Letters of scripts that put no blanks between words, each as a word of its own: what search finds by them.
      create function letters_apart(folded text) returns text
      language sql immutable parallel safe
      as $$
        select regexp_replace(
          folded,
          '([\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])',
          ' \1 ',
          'g'
        )
      $$;

      -- The words of a message as search compares them. What is plain is folded by the parser. Not a text but an
      -- expression: while an index is made, PostgreSQL looks for no function of ours by its name.
      create function message_words(body text) returns tsvector
      language sql immutable parallel safe
      return to_tsvector(
        'simple',
        case when octet_length(body) = char_length(body) then body else letters_apart(fold(body)) end
      );

      -- "The messages of this conversation with these words". The sum is no sum: it keeps the planner from reading all of
      -- a conversation by its key. Without a list of what is pending, which each of a thousand looks would read through.
      create index messages_words_idx on messages using gin ((conversation_id + 0), message_words(body))
        with (fastupdate = off);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index messages_words_idx;
      drop function message_words(text);
      drop function letters_apart(text);
      drop index inbox_unread_idx, inbox_activity_idx;
      alter table inbox drop column marked_unread, drop column kind;
      create index inbox_activity_idx on inbox (user_id, state, last_activity_at, conversation_id);
      create index inbox_unread_idx on inbox (user_id, state) where unread > 0;
    `);
  }
}
