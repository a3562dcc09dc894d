/** The scalars of the contract. */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { cleanEmoji } from "../text.ts";

interface StringScalar {
  readonly name: string;
  readonly description: string;
  /** Returns the value in its one form, or null when it is none. */
  readonly read: (text: string) => string | null;
  readonly write?: (value: unknown) => string;
}

function stringScalar({
  name,
  description,
  read,
  write = String,
}: StringScalar): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    const parsed = typeof value === "string" ? read(value) : null;
    if (parsed === null) {
      throw new GraphQLError(`A value does not fit the type ${name}.`, {
        extensions: { code: "BAD_USER_INPUT" },
      });
    }
    return parsed;
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize: write,
    parseValue: parse,
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : null),
  });
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

// In UTC it may be of the year before or after, and PostgreSQL knows no year 0 and none above 9999 in this form.
function readInstant(text: string): string | null {
  if (!RFC_3339.test(text) || Number.isNaN(Date.parse(text))) return null;
  const instant = new Date(text).toISOString();
  return /^(?!0000)\d{4}-/.test(instant) ? instant : null;
}

export const DateTime = stringScalar({
  name: "DateTime",
  description: "An instant as RFC 3339 in UTC with milliseconds, for example `2026-01-31T09:30:00.000Z`.",
  read: readInstant,
  // Rows carry instants in this form already.
  write: (value) => (value instanceof Date ? value.toISOString() : String(value)),
});

export const EventCursor = stringScalar({
  name: "EventCursor",
  description: "An opaque position in the viewer's event log.",
  read: (text) => text,
});

const MAX_URL_LENGTH = 2_048;

export const Url = stringScalar({
  name: "URL",
  description:
    "An absolute `https` or `http` address of at most 2,048 characters. Kith never fetches one that it is given.",
  read: (text) => {
    if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return null;
    const { protocol, href, username, password } = new URL(text);
    return /^https?:$/.test(protocol) && username === "" && password === "" ? href : null;
  },
});

export const CountryCode = stringScalar({
  name: "CountryCode",
  description: "A country as ISO 3166-1 alpha-2, for example `DE`.",
  read: (text) => (/^[A-Z]{2}$/.test(text) ? text : null),
});

export const Emoji = stringScalar({
  name: "Emoji",
  description: "One emoji, for example `❤️`; without or with its variation selectors it is the same.",
  read: cleanEmoji,
});
