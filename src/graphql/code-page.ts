/** What a code shows to whoever opens its address outside the app: pages of plain HTML. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Context, type Services } from "./context.ts";

const STYLE =
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;text-align:center}" +
  "code{display:block;margin:1rem 0;overflow-wrap:anywhere}";

// No search engine is to keep who invites whom, or has shown them what.
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex, nofollow",
};

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** What a page says, as text. */
export interface CodePage {
  readonly title: string;
  /** What to do with the code. */
  readonly advice: string;
  readonly code?: string;
  /** Where the page is. */
  readonly url?: string;
  /** What a preview says below the title; the advice where it is left out. */
  readonly description?: string;
  /** A picture for a preview; the page itself loads nothing. */
  readonly imageUrl?: string | null;
}

// Text becomes HTML here and nowhere else.
function html({ title, advice, code, url, description, imageUrl }: CodePage): string {
  const open = [
    ["type", "website"],
    ["site_name", "Kith"],
    ["title", title],
    ["description", description ?? advice],
    ["url", url],
    ["image", imageUrl],
  ].flatMap(([name, content]) =>
    typeof content === "string" ? [`<meta property="og:${name}" content="${escaped(content)}">`] : [],
  );
  const said = [description, advice].flatMap((text) =>
    text === undefined ? [] : [`<p>${escaped(text)}</p>`],
  );
  if (code !== undefined) said.push(`<code>${escaped(code)}</code>`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex, nofollow">
    <title>${escaped(title)}</title>
    ${open.join("\n    ")}
    <style>${STYLE}</style>
  </head>
  <body>
    <h1>${escaped(title)}</h1>
    ${said.join("\n    ")}
  </body>
</html>
`;
}

const NOTHING = html({
  title: "There is nothing here",
  advice: "This code is not good, or no longer. Ask for a new one.",
});

/** Answers the addresses of codes below some paths; `read` gives null for a code that there is nothing of. */
export function codePages(
  services: Services,
  path: RegExp,
  read: (context: Context, code: string, request: IncomingMessage) => Promise<CodePage | null>,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const given = path.exec(request.url?.split("?", 1)[0] ?? "")?.[1];
    if (given === undefined || (request.method !== "GET" && request.method !== "HEAD")) return false;
    // It is shown to somebody who is not signed in.
    const context = new Context(services, null, { userAgent: null, address: null });
    const page = await read(context, given, request);
    const body = page === null ? NOTHING : html(page);
    response.writeHead(page === null ? 404 : 200, {
      ...HEADERS,
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
    return true;
  };
}
