/** The playground: GraphiQL from its npm package, served by this origin alone, a tab for each operation. */
import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Kind, parse, type TypeNode, type VariableDefinitionNode } from "graphql";

export interface PlaygroundOptions {
  /** Folder with one .graphql file per operation. */
  operationsDir: string;
  /** Values for the tabs, by variable name: ids of the demo world. */
  samples: () => Promise<Record<string, unknown>>;
}

/** How long the values that were read for one page are good for others: anybody may open it, as often as they like. */
const SAMPLES_KEPT_MS = 1_000;

interface Asset {
  readonly gzipped: Buffer;
  /** For whoever takes no gzip: made once, and shared by all of them. */
  plain: Promise<Buffer> | null;
}

interface Assets {
  /** The path before their names: it holds a hash of them all, so that what stands at a path never changes. */
  folder: string;
  /** Contents by file name. */
  files: ReadonlyMap<string, Asset>;
}

const HEADERS = {
  // Monaco writes inline styles, and GraphiQL's stylesheet carries its fonts and pictures as data.
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; " +
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const CONTENT_TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
};

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="12" cy="16" r="9" fill="#6d5bd0"/>' +
  '<circle cx="20" cy="16" r="9" fill="#ff8a5c" fill-opacity=".8"/></svg>';

// GraphiQL 5 moves a tab that gets the focus to where its animation left it, away from under the mouse: without
// this, the first click on each tab is lost.
const STYLE = ".graphiql-tab { transform: none !important; }";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

let assets: Promise<Assets> | undefined;

/** Answers `/` and `/playground/*`; returns false for any other path, and rejects where `samples` does. */
export function playground(
  options: PlaygroundOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const tabs = readTabs(options);
  return async (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path !== "/" && !path.startsWith("/playground/")) return false;

    const send = (status: number, headers: Record<string, string>, body: string | Buffer) => {
      const length = String(Buffer.byteLength(body));
      response.writeHead(status, {
        ...HEADERS,
        "cache-control": "no-store",
        "content-length": length,
        ...headers,
      });
      response.end(body);
      return true;
    };
    const text = { "content-type": "text/plain; charset=utf-8" };
    if (request.method !== "GET" && request.method !== "HEAD") {
      return send(405, { ...text, allow: "GET, HEAD" }, "Only GET and HEAD.");
    }

    // Nine megabytes that most processes never need: read when somebody first opens the page.
    assets ??= loadAssets();
    const { folder, files } = await assets;
    if (path === "/") {
      return send(200, { "content-type": "text/html; charset=utf-8" }, page(folder, await tabs()));
    }

    const name = path.slice(folder.length);
    const file = path.startsWith(folder) ? files.get(name) : undefined;
    if (file === undefined) return send(404, text, "Not found.");
    const headers = {
      "content-type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
    };
    if (/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
      return send(200, { ...headers, "content-encoding": "gzip" }, file.gzipped);
    }
    file.plain ??= decompress(file.gzipped);
    return send(200, headers, await file.plain);
  };
}

async function loadAssets(): Promise<Assets> {
  const graphiql = await import("@graphql-yoga/render-graphiql/graphiql");
  const sources = {
    "graphiql.css": graphiql.css + STYLE,
    "graphiql.js": graphiql.js,
    "editorWorkerService.js": graphiql.editorWorkerService,
    "graphql.js": graphiql.graphqlWorker,
    "json.js": graphiql.jsonWorker,
    // The package exports no browser build, only its own package.json, beside which one lies.
    "graphql-ws.js": await readFile(
      new URL("umd/graphql-ws.min.js", import.meta.resolve("graphql-ws/package.json")),
      "utf8",
    ),
    "client.js": await readFile(new URL("playground/client.js", import.meta.url), "utf8"),
    "icon.svg": ICON,
  };
  const hash = createHash("sha256").update(JSON.stringify(sources)).digest("base64url").slice(0, 12);
  const files = await Promise.all(
    Object.entries(sources).map(
      async ([name, source]) => [name, { gzipped: await compress(source), plain: null }] as const,
    ),
  );
  return { folder: `/playground/${hash}/`, files: new Map(files) };
}

interface Tab {
  readonly query: string;
  readonly variables: readonly VariableDefinitionNode[];
}

/** What gives the tabs of a page: the operations are read once, the values for their variables once a second. */
function readTabs({ operationsDir, samples }: PlaygroundOptions) {
  let operations: Promise<readonly Tab[]> | null = null;
  let values: Promise<Record<string, unknown>> | null = null;
  let keptUntil = 0;
  return async () => {
    operations ??= readOperations(operationsDir);
    if (values === null || performance.now() > keptUntil) {
      values = samples();
      keptUntil = performance.now() + SAMPLES_KEPT_MS;
    }
    const [tabs, filled] = await Promise.all([operations, values]).catch((error: unknown) => {
      operations = null;
      throw error;
    });
    return tabs.map(({ query, variables }) => ({
      query,
      variables: fillVariables(variables, filled),
    }));
  };
}

async function readOperations(folder: string): Promise<Tab[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".graphql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const query = await readFile(join(folder, name), "utf8");
      const variables = parse(query).definitions.flatMap((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
      );
      return { query, variables };
    }),
  );
}

/** Returns the JSON for the variables editor: empty where the document has no variables. */
function fillVariables(
  variables: readonly VariableDefinitionNode[],
  samples: Readonly<Record<string, unknown>>,
): string {
  const filled = variables.flatMap(({ variable, type, defaultValue }) => {
    const name = variable.name.value;
    if (name === "nonce") return [[name, randomUUID()]];
    if (name in samples) return [[name, samples[name]]];
    return type.kind === Kind.NON_NULL_TYPE && !defaultValue ? [[name, placeholder(type.type)]] : [];
  });
  return variables.length === 0 ? "" : JSON.stringify(Object.fromEntries(filled), null, 2);
}

function placeholder(type: TypeNode): unknown {
  if (type.kind !== Kind.NAMED_TYPE) return [];
  const name = type.name.value;
  if (name === "Int" || name === "Float") return 0;
  if (name === "Boolean") return false;
  return name.endsWith("Input") ? {} : "";
}

function page(folder: string, tabs: readonly { query: string; variables: string }[]): string {
  // Data in a script element ends at the first "</script", wherever it stands.
  const data = JSON.stringify(tabs).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Kith playground</title>
    <link rel="icon" href="${folder}icon.svg">
    <link rel="stylesheet" href="${folder}graphiql.css">
    <script id="tabs" type="application/json">${data}</script>
    <script defer src="${folder}graphiql.js"></script>
    <script defer src="${folder}graphql-ws.js"></script>
    <script type="module" src="${folder}client.js"></script>
  </head>
  <body>
    <noscript>The playground needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`;
}
