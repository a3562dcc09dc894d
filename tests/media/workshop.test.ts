/** What is made of a film: what plays everywhere, and nothing of what was written beside it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import path from "node:path";
import { createLog } from "../../src/log.ts";
import { kindOf } from "../../src/media/container.ts";
import { OutOfTime, type Patience, run, ToolFailure } from "../../src/media/ffmpeg.ts";
import { makingLimit } from "../../src/media/rendition.ts";
import { openWorkshop } from "../../src/media/workshop.ts";
import { isAlive, until } from "../support/embedded.ts";
import {
  describeWithFfmpeg,
  FFMPEG,
  film,
  found,
  make,
  phoneFilm,
  picturesIn,
  TELLING,
  tagsOf,
  toldBy,
} from "../support/films.ts";
import { at, FAST, going, making, refusal, removeFilms, rooms, withFfmpeg, without } from "./making.ts";

afterAll(removeFilms);

describeWithFfmpeg("what is made of a film", () => {
  test("plays everywhere: H.264 and AAC, its contents first, with a still", async () => {
    const made = await making(withFfmpeg, film(at("a.mkv"), { more: ["-c:v", "mpeg4", "-c:a", "mp3"] }));
    expect(made).toMatchObject({ width: 320, height: 240 });
    expect(Math.abs(made.durationMs - 2_000)).toBeLessThan(150);
    const { streams } = found(made.video);
    expect(streams.map(({ codec_name, pix_fmt }) => [codec_name, pix_fmt])).toEqual([
      ["h264", "yuv420p"],
      ["aac", undefined],
    ]);
    const bytes = readFileSync(made.video);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(found(made.poster ?? "").streams[0]).toMatchObject({
      codec_name: "mjpeg",
      width: 320,
      height: 240,
    });
  });

  test("of a phone that was held upright stands upright, and says neither where nor by what it was taken", async () => {
    const source = phoneFilm(at("phone.mp4"));
    expect([toldBy(source), tagsOf(source)]).toEqual([TELLING, expect.arrayContaining(["location"])]);
    const made = await making(withFfmpeg, source);
    expect(made).toMatchObject({ width: 360, height: 640 });
    const { streams } = found(made.video);
    expect(streams[0]).toMatchObject({ width: 360, height: 640 });
    expect(streams[0]?.side_data_list).toBeUndefined();
    expect([toldBy(made.video), toldBy(made.poster ?? ""), tagsOf(made.video)]).toEqual([[], [], []]);
    expect(found(made.poster ?? "").streams[0]).toMatchObject({ width: 360, height: 640 });
  });

  test.each([
    ["1920x1080", 1280, 720],
    ["100x2000", 64, 1280],
    ["321x241", 320, 240],
    ["64x48", 64, 48],
  ])("of %s is %i by %i: even sides, and never larger than it came", async (size, width, height) => {
    const source = film(at("size.mp4"), { size, seconds: 1, more: ["-c:v", "mpeg4"] });
    const made = await making(withFfmpeg, source);
    expect(made).toMatchObject({ width, height });
    expect(found(made.video).streams[0]).toMatchObject({ width, height });
  });

  test("has square pixels, whatever shape they had", async () => {
    const source = film(at("wide.mp4"), { size: "360x288", more: ["-vf", "setsar=4/3", ...FAST] });
    expect(await making(withFfmpeg, source)).toMatchObject({ width: 480, height: 288 });
  });

  test("without sound has none, and of one that says nothing of its length the length is found", async () => {
    const made = await making(withFfmpeg, film(at("silent.mp4"), { sound: false, more: FAST }));
    expect(found(made.video).streams).toHaveLength(1);
    const live = film(at("live.webm"), { more: ["-c:v", "libvpx", "-c:a", "libopus", "-live", "1"] });
    expect(Math.abs((await making(withFfmpeg, live)).durationMs - 2_000)).toBeLessThan(150);
  });

  test("has sixty pictures a second at most", async () => {
    const made = await making(withFfmpeg, film(at("quick.mp4"), { rate: 240, seconds: 1, more: FAST }));
    expect(picturesIn(made.video)).toBeLessThanOrEqual(62);
  });
});

test("a short video has its turn for three minutes and a little, and one of ten minutes for three quarters of an hour", () => {
  const [none, ten, tooLong, unknown] = [0, 600_000, 3_600_000, null].map(makingLimit);
  expect([none, ten, tooLong, unknown]).toEqual([180_000, 2_700_000, 2_700_000, 2_700_000]);
  expect(makingLimit(30_000)).toBe(306_000);
});

describeWithFfmpeg("without ffmpeg", () => {
  test("a plain MP4 is packed anew: as it is, upright, and without what stood beside it", async () => {
    const source = phoneFilm(at("phone.mp4"));
    const made = await making(without, source);
    expect(made).toMatchObject({ poster: null, width: 360, height: 640 });
    expect(Math.abs(made.durationMs - 2_000)).toBeLessThan(100);
    expect(picturesIn(made.video)).toBe(picturesIn(source));
    // It was made now: that is all it says.
    expect([toldBy(made.video), tagsOf(made.video)]).toEqual([[], expect.arrayContaining(["creation_time"])]);
    expect(tagsOf(made.video).filter((tag) => tag !== "creation_time")).toEqual([]);
    expect((await kindOf(made.video)).isBroken).toBe(false);
  });

  test("anything else is refused in words that say so", async () => {
    const matroska = film(at("a.mkv"), { more: FAST });
    const unusual = film(at("a.mp4"), { more: ["-c:v", "mpeg4"] });
    expect([await refusal(without, matroska), await refusal(without, unusual)]).toEqual([
      "NOT_PLAIN",
      "NOT_PLAIN",
    ]);
    const sound = make(at("sound.mp4"), "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac");
    expect(await refusal(without, sound)).toBe("NO_PICTURE");
  });
});

describeWithFfmpeg("without ffmpeg, a file that is made to take all memory", () => {
  /** Four billion samples, each of no bits: whoever lists them never comes to an end. */
  const endless = () => {
    const bytes = readFileSync(film(at("good.mp4"), { more: FAST }));
    const table = bytes.indexOf("stsz");
    bytes.write("stz2", table);
    bytes.writeUInt32BE(0, table + 8);
    bytes.writeUInt32BE(0xffffffff, table + 12);
    const file = at("endless.mp4");
    writeFileSync(file, bytes);
    return file;
  };

  test("is refused as broken, whatever its tables promise, and the server lives on", async () => {
    expect(await refusal(without, endless())).toBe("BROKEN");
  }, 280_000);

  test("is refused before anybody reads it where its table of contents is longer than any", async () => {
    const source = film(at("good.mp4"), { more: [...FAST, "-movflags", "faststart"] });
    const bytes = readFileSync(source);
    const contents = bytes.indexOf("moov") - 4;
    const room = Buffer.alloc(64 * 1024 ** 2);
    room.writeUInt32BE(room.length);
    room.write("free", 4);
    const grown = Buffer.concat([bytes.subarray(0, contents + 8), room, bytes.subarray(contents + 8)]);
    grown.writeUInt32BE(bytes.readUInt32BE(contents) + room.length, contents);
    const large = at("large.mp4");
    writeFileSync(large, grown);
    expect((await kindOf(source)).isBroken).toBe(false);
    expect((await kindOf(large)).isBroken).toBe(true);
  });

  test("is given up at once when nobody wants it any more", async () => {
    const [file, stop] = [endless(), new AbortController()];
    const packers = () =>
      execFileSync("ps", ["--ppid", String(process.pid), "-o", "args="], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.includes("packing"));
    const made = without.make({ file, byteSize: statSync(file).size }, path.dirname(file), stop.signal);
    const refused = expect(made).rejects.toThrow("nobody wants it");
    await until(() => packers().length === 1);
    stop.abort(new Error("nobody wants it"));
    await refused;
    expect(packers()).toEqual([]);
  });
});

describe("a workshop", () => {
  test("without ffmpeg says so in the log, once, when it is opened", async () => {
    const lines: string[] = [];
    const log = createLog("warn");
    log.warn = (...said: unknown[]) => void lines.push(String(said.at(-1)));
    for (const paths of [null, { ...FFMPEG, ffmpeg: "/nonexistent" }]) await openWorkshop(paths, rooms, log);
    expect(lines).toEqual([
      expect.stringMatching(/^ffmpeg is switched off: .*plain MP4/),
      expect.stringMatching(/^ffmpeg or ffprobe is not found: .*plain MP4/),
    ]);
  });

  test("leaves nothing of a room behind, however the work in it ends", async () => {
    await without.inRoom("1", async (room) => writeFileSync(path.join(room, "a"), "a"));
    const failing = without.inRoom("1", async () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(readdirSync(rooms)).toEqual([]);
  });

  test("sweeps out what a killed process left: of an upload at once, and anything after ten minutes", async () => {
    const left = ["1-left", "12-busy", "2-left"].map((name) => mkdtempSync(path.join(rooms, name)));
    utimesSync(left[2] ?? "", new Date(0), new Date(0));
    await without.sweep("1");
    expect(readdirSync(rooms).map((name) => name.slice(0, 7))).toEqual(["12-busy"]);
    rmSync(left[1] ?? "", { recursive: true });
  });
});

describe("a program", () => {
  const shell = (script: string, patience: Partial<Patience> = {}) =>
    run("/bin/sh", ["-c", script], { limitMs: 20_000, stop: going, ...patience });

  test("is told nothing of this process's environment, and has no input", async () => {
    process.env.SECRET_FOR_TESTS = "hunter2";
    expect(await shell("env; cat")).not.toMatch(/hunter2|DATABASE/);
  });

  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux(
    "runs at the lowest priority where it has time, with so much memory and no more, and not for Ctrl-C",
    async () => {
      expect((await shell("nice; ulimit -v", { isLeisurely: true })).trim()).toBe("19\n6291456");
      expect((await shell("nice")).trim()).toBe(String(getPriority()));
      const [ours, theirs] = ["/proc/self/stat", `/proc/${process.pid}/stat`].map(
        (file) => `cut -d' ' -f5 ${file}`,
      );
      const [group, own] = (await shell(`${ours}; ${theirs}`)).trim().split("\n");
      expect(group).not.toBe(own);
    },
  );

  test("is ended when it takes too long, says too much, or nobody wants it any more", async () => {
    const file = at("pid");
    const gone = async () => {
      const pid = Number(readFileSync(file, "utf8"));
      await until(() => !isAlive(pid));
    };
    const running = `echo $$ > ${file}; exec sleep 60`;
    await expect(shell(running, { limitMs: 10_000 })).rejects.toThrow(OutOfTime);
    await gone();
    const stop = new AbortController();
    writeFileSync(file, "");
    const stopped = shell(running, { stop: stop.signal });
    await until(() => readFileSync(file, "utf8").endsWith("\n"));
    stop.abort(new Error("nobody wants it"));
    await expect(stopped).rejects.toThrow("nobody wants it");
    await gone();
    await expect(shell(`echo $$ > ${file}; exec yes`)).rejects.toThrow(ToolFailure);
    await gone();
  });

  test("that fails is told apart from one that the machine has ended", async () => {
    await expect(shell("exit 1")).rejects.toThrow(ToolFailure);
    for (const script of [
      "kill -KILL $$",
      "exit 255",
      "/nonexistent",
      "echo No space left on device >&2; exit 1",
    ]) {
      const error = await shell(script).catch((thrown: unknown) => thrown);
      expect([script, error instanceof Error, error instanceof ToolFailure]).toEqual([script, true, false]);
    }
  });
});
