/** Which files are refused, and that none of them is followed to where it leads. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GUARDED, run, ToolFailure, type Tools } from "../../src/media/ffmpeg.ts";
import { inspect } from "../../src/media/inspection.ts";
import { describeWithFfmpeg, film, make, tools } from "../support/films.ts";
import { at, cut, FAST, going, making, refusal, removeFilms, text, withFfmpeg, without } from "./making.ts";

afterAll(removeFilms);

describeWithFfmpeg("a file is refused", () => {
  test("that is longer than ten minutes, whatever it says", async () => {
    const long = { seconds: 602, rate: 1, size: "16x16", sound: false };
    expect(await refusal(withFfmpeg, film(at("long.mp4"), { ...long, more: FAST }))).toBe("TOO_LONG");
    const silent = film(at("long.webm"), { ...long, more: ["-c:v", "libvpx", "-live", "1"] });
    expect(await refusal(withFfmpeg, silent)).toBe("TOO_LONG");
    const { durationMs } = await making(
      withFfmpeg,
      film(at("ten.mp4"), { ...long, seconds: 600, more: FAST }),
    );
    expect(durationMs).toBe(600_000);
  });

  test("that is not as long as was promised", async () => {
    const source = film(at("a.mp4"), { more: FAST });
    expect(await refusal(withFfmpeg, source, statSync(source).size + 1)).toBe("WRONG_SIZE");
  });

  test("that is cut off, wherever its table of contents stands", async () => {
    const source = { seconds: 6, more: FAST };
    const [last, first] = [at("last.mp4"), at("first.mp4")];
    film(last, source);
    film(first, { ...source, more: [...FAST, "-movflags", "faststart"] });
    const others = ["matroska", "avi"].map((format) =>
      film(at(`a.${format}`), { ...source, more: [...FAST, "-f", format] }),
    );
    for (const file of [last, first, ...others]) {
      expect([file, await refusal(withFfmpeg, file)]).toEqual([file, null]);
      expect([file, await refusal(withFfmpeg, cut(file, 0.6))]).toEqual([file, "BROKEN"]);
    }
    for (const file of [last, first]) expect(await refusal(without, cut(file, 0.98))).toBe("BROKEN");
  });

  test("in which nothing moves: sound alone, its cover, or no picture at all", async () => {
    const tone = ["-f", "lavfi", "-i", "sine=duration=1"];
    const still = make(at("cover.png"), "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1");
    const sound = make(at("sound.mp4"), ...tone, "-c:a", "aac");
    const covered = make(
      at("covered.mp4"),
      ...[
        ...tone,
        "-i",
        still,
        "-map",
        "0",
        "-map",
        "1",
        "-c:a",
        "aac",
        "-c:v",
        "copy",
        "-disposition:v:0",
        "attached_pic",
      ],
    );
    const [withSound, withCover] = [await refusal(withFfmpeg, sound), await refusal(withFfmpeg, covered)];
    expect([withSound, withCover]).toEqual(["NO_PICTURE", "NO_PICTURE"]);
    const empty = make(at("empty.mp4"), "-f", "lavfi", "-i", "testsrc=duration=1", "-frames:v", "0", ...FAST);
    expect(["NO_PICTURE", "BROKEN"]).toContain(await refusal(withFfmpeg, empty));
  });

  test("whose picture is larger than a machine should hold", async () => {
    const large = make(
      at("large.mkv"),
      "-f",
      "lavfi",
      "-i",
      "color=size=8200x4400:duration=0.04",
      "-c:v",
      "mjpeg",
    );
    expect(await refusal(withFfmpeg, large)).toBe("TOO_LARGE");
  });

  test("whose pictures are too large for so many, though it is small; ten minutes of 4K at 60 a second are taken", async () => {
    const still = (size: string) =>
      make(at("still.mp4"), "-f", "lavfi", "-i", `color=size=${size}:rate=60:duration=0.2`, ...FAST);
    const long = (file: string, seconds: number) =>
      make(at("long.mp4"), "-stream_loop", "-1", "-t", String(seconds), "-i", file, "-c", "copy");
    const inspected = (file: string) =>
      inspect(tools as Tools, { file, byteSize: statSync(file).size }, going);
    const [fourK, eightK] = [still("4096x2160"), still("8192x4320")];
    expect(await inspected(long(fourK, 599.9))).toMatchObject({ width: 4_096, framesPerSecond: 60 });
    expect(await inspected(long(eightK, 145))).toMatchObject({ width: 8_192, framesPerSecond: 60 });
    await expect(inspected(long(eightK, 155))).rejects.toMatchObject({ refusal: "TOO_MUCH" });
  }, 240_000);

  test.each([
    ["a text", () => text("a.mp4", "This is a film.\n".repeat(500))],
    ["nothing", () => text("b.mp4", "")],
    ["a moving GIF", () => make(at("gif"), ..."-f lavfi -i testsrc=size=64x64:duration=1 -f gif".split(" "))],
    [
      "a PNG",
      () =>
        make(at("png"), ..."-f lavfi -i testsrc=size=64x64 -frames:v 1 -f image2".split(" "), "-c:v", "png"),
    ],
    ["subtitles", () => text("c.mp4", "1\n00:00:00,000 --> 00:00:02,000\nHello\n")],
    [
      "a picture in an MP4's boxes",
      () => text("d.mp4", `\0\0\0\x18ftypavif\0\0\0\0avifmif1${"\0".repeat(99)}`),
    ],
  ])("that is %s under another name", async (_what, file) => {
    expect(await refusal(withFfmpeg, file())).toBe("NOT_A_VIDEO");
    expect(await refusal(without, file())).toBe("NOT_A_VIDEO");
  });
});

describeWithFfmpeg("a file that leads elsewhere", () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end();
  });
  let address = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const playlist = (target: string) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`;
  const lists = (secret: string): [string, string][] => [
    ["hls, to a file", playlist(`file://${secret}`)],
    ["hls, to a password", playlist("file:///etc/passwd")],
    ["hls, to an address", playlist(`${address}/hls.ts`)],
    ["concat", `ffconcat version 1.0\nfile '${secret}'\n`],
    [
      "dash",
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>${address}/dash</BaseURL></MPD>`,
    ],
    ["sdp", `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n`],
  ];

  test("is refused, and nothing of it is opened: neither by us nor by ffmpeg itself", async () => {
    const secret = film(at("secret.ts"), { more: FAST });
    for (const [name, content] of lists(secret)) {
      const file = text("list.mp4", content);
      expect([name, await refusal(withFfmpeg, file)]).toEqual([name, "NOT_A_VIDEO"]);
      const probing = run(tools?.ffprobe ?? "", [...GUARDED, "-show_format", `file:${file}`], {
        limitMs: 60_000,
        stop: going,
      });
      await expect(probing).rejects.toThrow(ToolFailure);
    }
    expect(asked).toEqual([]);
  });

  test("can be an MP4 whose pictures are in another file: that is not opened", async () => {
    const secret = film(at("secret.mp4"), { sound: false, more: FAST });
    const source = at("reference.mp4");
    writeFileSync(source, elsewhere(readFileSync(secret), `file://${secret}`));
    // Its own bytes are none of pictures, so whoever showed one had it from the other file.
    expect(await refusal(withFfmpeg, source)).toBe("BROKEN");
    expect(await refusal(without, source)).toBe("BROKEN");
    writeFileSync(source, elsewhere(readFileSync(secret), `${address}/mp4`));
    expect(await refusal(withFfmpeg, source)).toBe("BROKEN");
    expect(asked).toEqual([]);
  });
});

/** An MP4 that names another file as the one with its pictures, and has none of them itself. */
function elsewhere(source: Buffer, target: string): Buffer {
  const location = Buffer.from(`${target}\0`);
  const url = source.indexOf("url ");
  const grown = Buffer.concat([source.subarray(0, url + 8), location, source.subarray(url + 8)]);
  for (const name of ["moov", "trak", "mdia", "minf", "dinf", "dref", "url "]) {
    const box = source.indexOf(name) - 4;
    grown.writeUInt32BE(source.readUInt32BE(box) + location.length, box);
  }
  // Not "in this file" any more.
  grown.writeUInt32BE(0, url + 4);
  const data = source.indexOf("mdat");
  return grown.fill(0, data + 4, data + source.readUInt32BE(data - 4) - 4);
}
