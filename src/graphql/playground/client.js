/** What the playground's page runs: GraphiQL, in which every operation is sent as whoever signed in last. */
const { React, YogaGraphiQL, graphqlWs } = globalThis;
const endpoint = new URL("/graphql", location.href).href;
const tabs = JSON.parse(document.querySelector("#tabs").textContent);

let session = JSON.parse(sessionStorage.getItem("kith:session"));
const watchers = new Set();

/** Takes `{ token, handle }`, or null for nobody; open subscriptions go on as the new person. */
function become(next) {
  session = next;
  sessionStorage.setItem("kith:session", JSON.stringify(session));
  socket.terminate();
  for (const watcher of watchers) watcher();
}

/** Returns the typed headers with lower-case names, and with the remembered token unless one was typed. */
function authorized(typed) {
  const headers = new Headers(typed);
  if (session && !headers.has("authorization")) headers.set("authorization", `Bearer ${session.token}`);
  return Object.fromEntries(headers);
}

async function post(operation, typed) {
  const sent = authorized(typed);
  const used = session;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", ...sent },
    body: JSON.stringify(operation),
  });
  const result = await response.json();

  // A token that has ended must not stand in the way of the schema, nor of signing in again.
  const refused = result.errors?.some(({ extensions }) =>
    ["UNAUTHENTICATED", "TOKEN_EXPIRED"].includes(extensions?.code),
  );
  if (refused && used && sent.authorization === `Bearer ${used.token}`) {
    if (session === used) become(null);
    return post(operation, typed);
  }

  for (const payload of Object.values(result.data ?? {})) {
    const token = payload?.credentials?.accessToken;
    if (token) become({ token, handle: payload.viewer?.user?.handle });
  }
  return result;
}

function connect(typed) {
  return graphqlWs.createClient({
    url: endpoint.replace(/^http/, "ws"),
    connectionParams: () => authorized(typed),
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retries * 1000)),
    // Without a code nobody has answered: the server may be starting again. 4403 refuses the token.
    shouldRetry: ({ code }) => code !== 4403,
  });
}

const socket = connect({});

function subscribe(operation, typed) {
  // What was typed is sent once for each connection, so it needs a connection of its own.
  const client = Object.keys(typed).length > 0 ? connect(typed) : socket;
  return {
    subscribe: (sink) => ({
      unsubscribe: client.subscribe(operation, {
        next: sink.next,
        complete: sink.complete,
        error: (cause) => sink.error(Array.isArray(cause) ? cause : [{ message: explain(cause) }]),
      }),
    }),
  };
}

function explain({ code, reason }) {
  return code ? `The socket was closed: ${code} ${reason}` : "The server can't be reached.";
}

function fetcher(operation, { headers = {}, documentAST } = {}) {
  const run = documentAST?.definitions.find(
    ({ operation: kind, name }) =>
      kind && (!operation.operationName || name?.value === operation.operationName),
  );
  return run?.operation === "subscription" ? subscribe(operation, headers) : post(operation, headers);
}

function signOut() {
  post({ query: "mutation { signOut(input: {}) { signedOut } }" }).catch(() => {});
  become(null);
}

function Title() {
  const current = React.useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => session,
  );
  if (!current) return "Kith";
  const style = { display: "flex", alignItems: "center", gap: 8, fontSize: 14, whiteSpace: "nowrap" };
  const button = {
    type: "button",
    className: "graphiql-button",
    style: { padding: "4px 8px" },
    onClick: signOut,
  };
  return React.createElement(
    "span",
    { id: "session", style },
    current.handle ? `@${current.handle}` : "signed in",
    React.createElement("button", button, "Sign out"),
  );
}

// GraphiQL would rather show the tabs of last time, with the ids and nonces of last time. The files come first;
// of last time's tabs, those follow that somebody has written or changed.
const read = (key) => JSON.parse(localStorage.getItem(key));
const served = read("kith:served") ?? [];
const written = (read("graphiql:tabState")?.tabs ?? []).filter(
  ({ query }) => query && !served.includes(query),
);
localStorage.removeItem("graphiql:tabState");
localStorage.setItem("kith:served", JSON.stringify(tabs.map(({ query }) => query)));

globalThis.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => new URL(`${label}.js`, import.meta.url).href,
};

YogaGraphiQL.renderYogaGraphiQL(document.querySelector("#root"), {
  fetcher,
  defaultTabs: [...tabs, ...written],
  // GraphiQL fills the editors from what it has stored, not from the first tab.
  initialQuery: tabs[0]?.query,
  initialVariables: tabs[0]?.variables,
  // Tokens typed by hand stay out of the browser's storage, and documents out of the address.
  shouldPersistHeaders: false,
  onEditQuery: () => {},
  logo: React.createElement("img", { src: new URL("icon.svg", import.meta.url).href, alt: "", width: 28 }),
  title: React.createElement(Title),
});
