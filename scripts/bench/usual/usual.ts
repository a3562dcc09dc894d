/** The usual way: Apollo Server, type-graphql, TypeORM repositories and a DataLoader for each edge, as in the tutorials. */
import "reflect-metadata";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createPubSub } from "@graphql-yoga/subscription";
import { useServer } from "graphql-ws/use/ws";
import { buildSchema } from "type-graphql";
import { DataSource, type Logger } from "typeorm";
import { WebSocketServer } from "ws";
import { listenForBench } from "../contestant.ts";
import { entities, type Message } from "./entities.ts";
import { createLoaders, type UsualContext } from "./loaders.ts";
import { peopleResolvers } from "./people.ts";
import { talkResolvers } from "./talk.ts";

await listenForBench(async (databaseUrl) => {
  let statements = 0;
  const counting: Logger = {
    logQuery() {
      statements += 1;
    },
    logQueryError() {},
    logQuerySlow() {},
    logSchemaBuild() {},
    logMigration() {},
    log() {},
  };
  const source = new DataSource({
    type: "postgres",
    url: databaseUrl,
    entities,
    logging: ["query"],
    logger: counting,
    installExtensions: false,
  });
  await source.initialize();
  const pubSub = createPubSub<{ MESSAGE: [viewerId: string, message: Message] }>();
  const schema = await buildSchema({
    resolvers: [...peopleResolvers(source), ...talkResolvers(source, pubSub as never)],
    pubSub: pubSub as never,
    validate: false,
  });
  const contextOf = (viewerId: string): UsualContext => ({
    viewerId,
    loaders: createLoaders(source, viewerId),
  });

  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  useServer(
    { schema, context: ({ connectionParams }) => contextOf(String(connectionParams?.viewer)) },
    sockets,
  );
  await new Promise((resolve) => sockets.once("listening", resolve));

  const apollo = new ApolloServer<UsualContext>({ schema });
  const { url } = await startStandaloneServer(apollo, {
    listen: { port: 0, host: "127.0.0.1" },
    context: async ({ req }) => contextOf(String(req.headers["x-viewer"])),
  });
  const address = sockets.address();
  return {
    port: Number(new URL(url).port),
    socketPort: typeof address === "object" && address !== null ? address.port : 0,
    statementCount: () => statements,
  };
});
