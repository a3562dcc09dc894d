/** What an operation costs: every list counts as what it can bring, and what Kith itself shows the world fits. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  parse,
} from "graphql";
import { operations as benched, idleSubscription, subscription } from "../../scripts/bench/operations.ts";
import { projectRoot } from "../../src/config.ts";
import { admit } from "../../src/graphql/admit.ts";
import { LIST_BOUNDS, MAX_LIST, MAX_PAGE_SIZE } from "../../src/graphql/limits.ts";
import { printedSchema } from "../../src/graphql/print.ts";

const schema = buildSchema(printedSchema());
const costOf = (source: string, variables = {}) => admit(schema, parse(source), null, variables).cost;

const fields = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) || isInterfaceType(type))
  .filter((type) => !isIntrospectionType(type))
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({
      name: `${type.name}.${field.name}`,
      type: getNamedType(field.type),
      isList: isListType(getNullableType(field.type)),
      isInConnection: type.name.endsWith("Connection"),
      args: field.args.map(({ name }) => name),
    })),
  );
const lists = fields.filter(({ isList, type }) => isList && isCompositeType(type));

/** Lists that bring what nobody has named, and less than 50: whoever adds one says so here, or names its bound. */
const UNNAMED = ["ConversationPresence.active", "ConversationPresence.typing", "MarketPolicy.rules"];

test("every list of things is counted: by its arguments, by its bound, or as fifty", () => {
  const bare = lists.filter(({ isInConnection, args }) => !isInConnection && !hasSize(args));
  const bySelf = bare.filter(({ name }) => !name.endsWith(".userErrors")).map(({ name }) => name);
  expect(bySelf.sort()).toEqual([...Object.keys(LIST_BOUNDS), ...UNNAMED].sort());
});

const hasSize = (args: readonly string[]) => args.some((name) => name === "first" || name === "ids");

test("every connection says how much of it is asked for, and has lists of nodes and edges alone", () => {
  const connections = fields.filter(({ type }) => type.name.endsWith("Connection"));
  expect(connections.length).toBeGreaterThan(20);
  expect(connections.filter(({ args }) => !hasSize(args))).toEqual([]);
  const inside = lists.filter(({ isInConnection }) => isInConnection).map(({ name }) => name.split(".")[1]);
  expect([...new Set(inside)].sort()).toEqual(["edges", "nodes"]);
});

test("a list in a list multiplies what it is in", () => {
  const one = "{ conversation(id: 1) { pinnedMessages { reactions { users { id } } } } }";
  expect(costOf(one)).toBe(1 + (1 + 50 * (1 + 20 * (1 + 20))));
  const cost = 1 + (1 + 50 * (1 + 20 * (1 + 20 * 3)));
  expect(() => costOf(one.replace("users { id }", "users { id handle bio }"))).toThrow(
    `This operation's cost is ${cost}; the limit is 60000.`,
  );
  const feed = `{ viewer { feed(kind: FOR_YOU, first: 10) { nodes { reasons {
    ... on LikedByFriends { friends { id } } ... on RepostedByFriends { friends { id } }
  } } } } }`;
  expect(costOf(feed)).toBe(1 + (1 + 10 * (1 + (1 + 2 * (1 + 3)))));
});

test("a list that nobody has named counts as fifty", () => {
  const source = '{ marketPolicy(country: "DE") { rules { id } } }';
  expect(costOf(source)).toBe(1 + (1 + MAX_LIST));
});

test("what an operation may cost is not what a subscription may, which pays for each event", () => {
  const message = "message { reactions { emoji users { id handle displayName bio avatarUrl } } }";
  const once = `subscription { messageReceived { ${message} } }`;
  expect(costOf(once)).toBe(1 + (1 + (1 + 20 * (1 + (1 + 20 * 5)))));
  const more = once.replace("avatarUrl", "avatarUrl createdAt lastActiveAt");
  expect(() => costOf(more)).toThrow("This operation's cost is 2843; the limit is 2500.");
  expect(costOf('{ message: node(id: "1") { ... on Message { reactions { users { id bio } } } } }')).toBe(
    822,
  );
});

/** The operations in a text: in files of their own, between fences, or in strings of a program. */
function documentsIn(file: string): string[] {
  const text = readFileSync(path.join(projectRoot, file), "utf8");
  if (file.endsWith(".graphql")) return [text];
  const found = [
    ...text.matchAll(/```graphql\n(.*?)```/gs),
    ...text.matchAll(/`\s*((?:query|mutation|subscription)\b[^`]*)`/g),
    ...[...text.matchAll(/"query":("(?:[^"\\]|\\.)*")/g)].map(([, json = ""]) => [
      "",
      String(JSON.parse(json)),
    ]),
    ...text.matchAll(/"((?:query|mutation|subscription) [^"\\]*)"/g),
  ];
  return found.map(([, source = ""]) => source);
}

/** Every variable that says how much is asked for, as much as it can be. */
function largest(source: string): Record<string, number> {
  const variables = parse(source).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  );
  const names = variables.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.filter((name) => /first|last/i.test(name)).map((name) => [name, MAX_PAGE_SIZE]),
  );
}

const files = [
  ...readdirSync(path.join(projectRoot, "schema/operations")).map((file) => `schema/operations/${file}`),
  ...["README.md", "src/graphql/samples.ts"],
];

test("every operation that Kith ships, shows or is measured by is let in, at its largest", () => {
  const shown = files.map((file) => ({ file, sources: documentsIn(file) }));
  expect(shown.filter(({ sources }) => sources.length === 0)).toEqual([]);
  for (const { file, sources } of shown) {
    for (const source of sources)
      expect([file, costOf(source, largest(source))]).toEqual([file, expect.any(Number)]);
  }
  for (const source of [subscription, idleSubscription, ...benched.map(({ document }) => document)]) {
    expect(costOf(source)).toBeGreaterThan(0);
  }
});

test("a message with all that the conversation's operation shows of it can be subscribed to, as new and as changed", () => {
  const [source = ""] = documentsIn("schema/operations/07-conversation.graphql");
  const message = /messages\(.*?\) \{\s*nodes \{(.*?)\n {6}\}\n {6}pageInfo/s.exec(source)?.[1] ?? "";
  const change = `change { ... on MessageSent { message { ...M } } ... on MessageChanged { message { ...M } } }`;
  const all = `subscription { viewerEvents { ... on ViewerEvent { cursor at ${change} } } } fragment M on Message { ${message} }`;
  expect(costOf(all)).toBeGreaterThan(2_000);
});
