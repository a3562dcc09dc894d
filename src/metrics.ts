/** What the server counts about itself, for `/metrics`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly registry: Registry;
  readonly statements: Counter;
  readonly operations: Counter<"type" | "outcome">;
  readonly duration: Histogram<"type">;
  readonly sockets: Gauge;
  readonly streams: Gauge;
  readonly deliveries: Counter;
}

/** New metrics, all at zero; each server has its own, for tests run several in a process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "kith_" });
  return {
    registry,
    statements: new Counter({ name: "kith_statements_total", help: "SQL statements sent.", registers }),
    operations: new Counter({
      name: "kith_operations_total",
      help: "GraphQL operations answered, by type and by whether all went well.",
      labelNames: ["type", "outcome"],
      registers,
    }),
    duration: new Histogram({
      name: "kith_operation_seconds",
      help: "How long queries and mutations took.",
      labelNames: ["type"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    sockets: new Gauge({ name: "kith_sockets", help: "WebSockets that are open.", registers }),
    streams: new Gauge({
      name: "kith_streams",
      help: "Streams of server-sent events that are open.",
      registers,
    }),
    deliveries: new Counter({
      name: "kith_deliveries_total",
      help: "Items sent to subscriptions.",
      registers,
    }),
  };
}
