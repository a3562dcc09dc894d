/** The order of the layers and the bans of the house, read from the sources as text. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../src/config.ts";

/** From left to right: a layer imports itself and what stands to its right. */
const LAYERS = ["start", "graphql", "actions", "loaders", "visibility", "db", "media", "entities", "kernel"];
const START = /^src\/(main|server|demo|jobs)\.ts$/;

interface Import {
  /** The importing file. */
  readonly file: string;
  /** A package's name or a file of the project. */
  readonly target: string;
  readonly names: readonly string[];
  readonly onlyTypes: boolean;
}

const IMPORT = /^(?:import|export)(?: +(type))?(?: +([^"';]+?) +from)? *"([^"]+)";|\bimport\("([^"]+)"\)/gm;

function importsOf(file: string): Import[] {
  return [...read(file).matchAll(IMPORT)].map(([, type, clause = "", named, dynamic]) => {
    const target = named ?? dynamic ?? "";
    const names = clause.replace(/[{}]/g, "").split(",");
    const values = names
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    return {
      file,
      target: target.startsWith(".") ? path.posix.join(path.posix.dirname(file), target) : target,
      names: type === "type" ? [] : values,
      onlyTypes: type === "type" || (clause !== "" && values.length === 0),
    };
  });
}

const read = (file: string) => readFileSync(path.join(projectRoot, file), "utf8");

const filesIn = (folder: string) =>
  readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/")))
    .filter((name) => name.endsWith(".ts"))
    .sort();

const src = filesIn("src");
const everything = ["src", "migrations", "scripts", "tests"].flatMap(filesIn);
const imports = src.flatMap(importsOf);
const ours = imports.filter(({ target }) => target.startsWith("src/"));

function layerOf(file: string): number {
  const folder = file.split("/").length === 2 ? (START.test(file) ? "start" : "kernel") : file.split("/")[1];
  return LAYERS.indexOf(folder ?? "");
}

const shown = ({ file, target, names }: Import) => `${file} imports ${names.join(", ")} from ${target}`;
const inGraphql = ({ file }: Import) => file.startsWith("src/graphql/");

/** The packages that stand in one place only. */
const PLACES: readonly (readonly [what: string, packages: RegExp, place: RegExp])[] = [
  [
    "GraphQL and its servers",
    /^(graphql|type-graphql|graphql-ws|graphql-sse|graphql-jit|ws|@apollo)(\/|$)/,
    /^src\/graphql\//,
  ],
  ["dataloader", /^dataloader$/, /^src\/loaders\/kinds\.ts$/],
  ["the driver of PostgreSQL", /^pg(\/|$)/, /^src\/db\//],
  [
    "the counters of rates, and Redis",
    /^(rate-limiter-flexible|ioredis)$/,
    /^src\/db\/(rates|redis-carrier)\.ts$/,
  ],
  ["the tokens of others and of Kith", /^jose$/, /^src\/actions\//],
  ["the queue of background jobs", /^pg-boss$/, /^src\/db\/jobs\.ts$/],
  ["uploads as tus takes them", /^@tus\//, /^src\/(media\/|graphql\/upload\/)/],
  ["buckets", /^@aws-sdk\/|^@tus\/s3-store$/, /^src\/media\/(bucket|incoming)\.ts$/],
  ["the reader of plain video files", /^mediabunny$/, /^src\/media\/packing\.ts$/],
  ["other programs", /^(node:)?child_process$/, /^src\/(media\/(ffmpeg|plain)\.ts|db\/embedded\/)/],
  ["class-validator", /^class-validator$/, /^src\/graphql\/.+\.input\.ts$/],
];

/** What no file says: where it is looked for, and the words. */
const BANNED_WORDS: readonly (readonly [rule: string, files: readonly string[], words: RegExp])[] = [
  ["reads the environment outside config.ts", src.filter((f) => f !== "src/config.ts"), /process\.env/],
  ["switches the compiler off", everything, /@ts-(ignor[e]|nochec[k]|expect-erro[r])/],
  ["calls the viewer otherwise", src, /^(?!\s*(?:\*|\/\/|\/\*)).*\bme\b/m],
  ["says any", everything, /^(?!\s*(?:\*|\/\/|\/\*)).*(?::|\bas|<|\||=>) *any\b(?!\()/m],
  ["leaves a mark to come back to", everything, /\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/],
  ["selects every column", [...src, ...filesIn("migrations")], /\b(select|returning)\s+(\w+\.)?\*/i],
  ["makes a trigger", filesIn("migrations"), /\bcreate\s+(or\s+replace\s+)?(constraint\s+)?trigger\b/i],
  // An expression may have a name, for indexes and questions to share; a program has no place there.
  [
    "puts a program into the database",
    filesIn("migrations"),
    /\blanguage\s+(?!sql\b)\w|\bdo\s+\$|\bvolatile\b/i,
  ],
  ["fetches through a repository", src, /\bgetRepository\b|\bRepository\b/],
];

const BANNED_NAMES = /(^|[./-])(utils?|helpers?|common|shared|misc|core|services?|managers?)([./-]|$)/;

test("a layer imports only itself and what stands to its right", () => {
  expect(src.filter((file) => layerOf(file) < 0)).toEqual([]);
  expect(ours.filter(({ file, target }) => layerOf(target) < layerOf(file)).map(shown)).toEqual([]);
});

test("the sources import nothing of the project outside src, but for the migrations", () => {
  const outside = imports.filter(({ target }) => /^(\.\.|tests|scripts|migrations)\//.test(target));
  const allowed = (file: string, target: string) =>
    file === "src/db/source.ts" && target.startsWith("migrations/");
  expect(outside.filter(({ file, target }) => !allowed(file, target)).map(shown)).toEqual([]);
  expect(outside).not.toEqual([]);
});

test("no file imports itself by way of others, not even for types", () => {
  const graph = new Map(
    src.map((file) => [file, ours.filter((found) => found.file === file).map((found) => found.target)]),
  );
  const finished = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || finished.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
    finished.add(file);
  };
  for (const file of src) walk(file, []);
  expect(cycles).toEqual([]);
});

test("GraphQL reaches rows through loaders and actions alone", () => {
  const doors = /^src\/(db|visibility)\/|^typeorm$/;
  expect(
    imports
      .filter(inGraphql)
      .filter(({ target }) => doors.test(target))
      .map(shown),
  ).toEqual([]);
});

test("GraphQL knows entities as types, and of their values only lists of constants", () => {
  const values = ours.filter((found) => inGraphql(found) && found.target.startsWith("src/entities/"));
  const isConstant = (name: string) => /^[A-Z][A-Z_]*$/.test(name);
  expect(values.filter(({ names }) => !names.every(isConstant)).map(shown)).toEqual([]);
});

test.each(PLACES)("%s: imported in one place only", (_what, packages, place) => {
  const found = imports.filter(({ target }) => packages.test(target));
  // The errors that validation throws have a type, which is read where they are answered.
  const isErrorType = ({ file, onlyTypes }: Import) => onlyTypes && file === "src/graphql/payload.ts";
  expect(found.filter((each) => !place.test(each.file) && !isErrorType(each)).map(shown)).toEqual([]);
  expect(found).not.toEqual([]);
});

test.each(BANNED_WORDS)("no file %s", (_rule, files, words) => {
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => words.test(read(file)))).toEqual([]);
});

test("names say what is in a file: none is called utils, helpers, common, service or the like", () => {
  expect(everything.filter((file) => BANNED_NAMES.test(file))).toEqual([]);
});

test("there are no barrels but the list of entities", () => {
  const isIndex = (file: string) => file.endsWith("/index.ts") && file !== "src/entities/index.ts";
  const onlyPassesOn = (file: string) =>
    read(file)
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
      .replace(/^export [^;]*?from "[^"]+";/gm, "")
      .trim() === "";
  expect(everything.filter((file) => isIndex(file) || onlyPassesOn(file))).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  const lengths = everything.map((file) => ({ file, lines: read(file).trimEnd().split("\n").length }));
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
});

test("every file opens with a sentence on what it is for", () => {
  const opens =
    /^(?:#!.*\n)?(?:\/\*\*\s+(?:\* )?["`A-Z][\s\S]*?[.:]\s*\*\/|\/\/ ["`A-Z][^\n]*(?:\n\/\/[^\n]*)*[.:]\n)/;
  expect(everything.filter((file) => !opens.test(read(file)))).toEqual([]);
});
