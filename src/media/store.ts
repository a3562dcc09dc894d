/** Where the files of videos are kept: a folder of this machine, or a bucket that all nodes share. */
import type { Readable } from "node:stream";
import type { DataStore } from "@tus/server";

/** What is made of an upload, by the names under which it is kept. */
export const MEDIA_TYPES = { "video.mp4": "video/mp4", "poster.jpg": "image/jpeg" } as const;
export type MediaName = keyof typeof MEDIA_TYPES;

/** A store of uploads, and of what is made of them. What it can't do at the moment it throws, and may be tried again. */
export interface MediaStore {
  /** Where uploads come in, as tus keeps them, by the same ids. */
  readonly incoming: DataStore;
  /** Whether so many bytes more can come, and a video be made of them, without filling what others need room in. */
  hasRoomFor(bytes: number): Promise<boolean>;
  /** Makes room for an upload of so many bytes. */
  open(uploadId: string, byteSize: number): Promise<void>;
  /** How many bytes of an upload have come and stay; null where no room was made for it. */
  receivedOf(uploadId: string): Promise<number | null>;
  /** Copies what was uploaded, as it came, to a new file of this machine. */
  fetchUpload(uploadId: string, file: string): Promise<void>;
  /** Keeps a file of this machine as what was made of an upload; keeping again replaces it. */
  keep(uploadId: string, name: MediaName, file: string): Promise<void>;
  /** How many bytes something has that was made of an upload; null where it is not there. */
  sizeOf(uploadId: string, name: MediaName): Promise<number | null>;
  /** Its bytes from `start` up to and with `end`. */
  read(uploadId: string, name: MediaName, range: { start: number; end: number }): Promise<Readable>;
  /** Leaves no byte of what was uploaded, as it came; discarding again changes nothing. */
  discardUpload(uploadId: string): Promise<void>;
  /** Leaves no byte of an upload, nor of what was made of it; discarding again changes nothing. */
  discard(uploadId: string): Promise<void>;
}
