/** The addresses of uploads: what is said where no bytes are taken, and what the protocol asks for. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { rowId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import type { Upload } from "./mutations.ts";
import { askUpload, begin, patch, readUpload, startUpload } from "./uploads.ts";

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await World.start();
  ann = await world.person("ann");
});
afterAll(() => world.stop());
// Nobody has more than ten of which no video was made.
beforeEach(() => run("update video_uploads set status = 'EXPIRED' where status <> 'EXPIRED'"));

const start = (byteSize: number, person = ann) => startUpload(world, person, byteSize);
const read = (upload: Upload) => readUpload(world, ann, upload.id);
const run = (sql: string, ...values: unknown[]) => world.server.database.query(sql, values);
const fileOf = ({ id }: Upload) => path.join(world.server.mediaDir, "incoming", rowId("upload", id));

describe("an address that takes no bytes sounds the same, whatever the reason", () => {
  const spoiled: Readonly<Record<string, (upload: Upload) => Promise<string> | string>> = {
    "its signature is wrong": ({ uploadUrl }) =>
      uploadUrl.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
    "it has no signature": ({ uploadUrl }) => uploadUrl.replace(/\.[\w-]+$/, ""),
    "it has two signatures": ({ uploadUrl }) => `${uploadUrl}.${uploadUrl.split(".").at(-1)}`,
    "it is signed for another": async ({ id, uploadUrl }) => uploadUrl.replace(id, (await start(1_000)).id),
    "it leads out of its folder": ({ uploadUrl }) =>
      uploadUrl.replace(/uploads\/.*$/, "uploads/..%2f..%2fsecret"),
    "it is not one": ({ uploadUrl }) => uploadUrl.replace(/uploads\/.*$/, "uploads/%E0%A4%A"),
    "there was never such an upload": async ({ uploadUrl, id }) => {
      await run("delete from video_uploads where id = $1", rowId("upload", id));
      return uploadUrl;
    },
    "its day is over": async ({ uploadUrl, id }) => {
      await run(
        "update video_uploads set created_at = now() - interval '24 hours' where id = $1",
        rowId("upload", id),
      );
      return uploadUrl;
    },
    "it has failed": async ({ uploadUrl, id }) => {
      await run("update video_uploads set status = 'FAILED' where id = $1", rowId("upload", id));
      return uploadUrl;
    },
    "its owner is suspended": async ({ uploadUrl, id }) => {
      await run(
        "update users set suspended_at = now() where id = (select user_id from video_uploads where id = $1)",
        rowId("upload", id),
      );
      return uploadUrl;
    },
  };
  test.each(Object.entries(spoiled))("%s", async (name, spoil) => {
    const person = name === "its owner is suspended" ? await world.person("gone") : ann;
    const upload = await start(1_000, person);
    const url = await spoil(upload);
    for (const answer of [
      await askUpload("HEAD", url),
      await patch(url, 0, randomBytes(10)),
      await askUpload("DELETE", url),
    ]) {
      expect([answer.status, answer.offset]).toEqual([404, null]);
      expect(["", "There is no such upload, or it takes no more.\n"]).toContain(answer.body);
    }
  });

  test("all bytes have come, and more do", async () => {
    const upload = await start(10);
    await patch(upload.uploadUrl, 0, randomBytes(10));
    expect((await patch(upload.uploadUrl, 10, Buffer.alloc(0))).status).toBe(404);
    expect((await askUpload("DELETE", upload.uploadUrl)).status).toBe(404);
    expect((await read(upload))?.status).toMatch(/^(PROCESSING|FAILED)$/);
  });
});

describe("what the protocol asks for is asked for", () => {
  test.each([
    ["another type of body", { "content-type": "video/mp4" }, 400],
    ["no version", { "tus-resumable": "" }, 412],
    ["another version", { "tus-resumable": "0.2.2" }, 400],
    ["an offset where nothing was sent to", { "upload-offset": "7" }, 409],
    ["an offset that is no number", { "upload-offset": "x" }, 400],
  ])("not %s", async (_, headers, status) => {
    const upload = await start(1_000);
    expect((await patch(upload.uploadUrl, 0, randomBytes(10), headers)).status).toBe(status);
    expect(readFileSync(fileOf(upload))).toHaveLength(0);
  });

  test.each(["POST", "GET", "PUT"])("uploads are begun by the API alone: no %s", async (method) => {
    const { uploadUrl } = await start(1_000);
    for (const url of [`${world.server.url}/uploads/`, uploadUrl]) {
      const headers = { "upload-length": "10" };
      expect(await askUpload(method, url, headers)).toMatchObject({
        status: 405,
        headers: { allow: "HEAD, PATCH, DELETE, OPTIONS" },
      });
    }
  });

  test("any page may send bytes, and read how many came", async () => {
    const { uploadUrl } = await start(1_000);
    const { status, headers } = await askUpload("OPTIONS", uploadUrl, {
      origin: "https://app.example",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "tus-resumable, upload-offset, content-type",
    });
    expect(status).toBe(204);
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-allow-methods"]).toContain("PATCH");
    for (const name of ["Tus-Resumable", "Upload-Offset", "Content-Type"])
      expect(headers["access-control-allow-headers"]).toContain(name);
    expect(headers).toMatchObject({
      "tus-version": "1.0.0",
      "tus-max-size": String(1024 ** 3),
      "tus-extension": "termination,expiration",
    });
    const answer = await askUpload("HEAD", uploadUrl, { origin: "https://app.example" });
    expect(answer.headers["access-control-expose-headers"]).toContain("Upload-Offset");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test("a client that can say POST alone says there what it means", async () => {
    const upload = await start(10);
    const sending = begin("POST", upload.uploadUrl, {
      "x-http-method-override": "PATCH",
      "content-type": "application/offset+octet-stream",
      "upload-offset": "0",
      "content-length": "10",
    });
    await sending.more(randomBytes(10));
    sending.end();
    expect(await sending.answer).toMatchObject({ status: 204, offset: 10 });
  });
});
