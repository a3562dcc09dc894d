/** Many things at the same moment, each of them with a connection of its own to the database. */
import pLimit from "p-limit";

/** How many connections the pool of a node has. */
const CONNECTIONS = 10;

/** Does all of it, as many at a time as these nodes have connections: whoever waits long for one is refused. */
export function atOnce<Result>(doings: readonly (() => Promise<Result>)[], nodes = 1): Promise<Result[]> {
  const inTurn = pLimit(CONNECTIONS * nodes);
  return Promise.all(doings.map((doing) => inTurn(doing)));
}
