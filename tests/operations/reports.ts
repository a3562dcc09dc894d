/** A world with two moderators, and what people do in it about reports. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { type Person, World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { mutate, type Payload, REPORT, type Report } from "./mutations.ts";

export class Moderated {
  #crowds = 0;

  private constructor(
    readonly world: World,
    /** The two moderators. */
    readonly maya: Person,
    readonly leo: Person,
  ) {}

  static async start(): Promise<Moderated> {
    const world = await World.start({ moderators: ["maya", "leo"] });
    return new Moderated(world, ...(await world.people("maya", "leo")));
  }

  /** Three people whom nobody knows yet. */
  strangers() {
    this.#crowds++;
    return this.world.people(`ann${this.#crowds}`, `bob${this.#crowds}`, `cat${this.#crowds}`);
  }

  reporting(
    person: Person,
    subjectId: string,
    more: { reason?: string; note?: string } = {},
  ): Promise<Payload<"report">> {
    return mutate(this.world, person, "report", { subjectId, reason: "SPAM", ...more });
  }

  /** Reports something; throws where that is refused. */
  async report(person: Person, subjectId: string, note?: string): Promise<Report> {
    const made = await this.reporting(person, subjectId, note === undefined ? {} : { note });
    if (made.report === null) throw new Error(`Nothing was reported: ${JSON.stringify(made.userErrors)}`);
    return made.report;
  }

  resolve(person: Person, reportId: string, action: string): Promise<Payload<"resolveReport">> {
    return mutate(this.world, person, "resolveReport", { reportId, action });
  }

  /** The list of reports, as somebody has it. */
  async reports(person: Person, args = ""): Promise<Report[]> {
    type Reports = { viewer: { reports: { nodes: Report[] } } };
    const { viewer } = await this.world.read<Reports>(
      person,
      `{ viewer { reports${args} { nodes { ${REPORT} } } } }`,
    );
    return viewer.reports.nodes;
  }

  /** What somebody finds under an id. */
  async node(person: Person | null, id: string, fields = REPORT, type = "Report"): Promise<unknown> {
    const question = `query ($id: ID!) { node(id: $id) { ... on ${type} { ${fields} } } }`;
    return at(await this.world.read(person, question, { id }), "node");
  }

  drift() {
    return countersThatDrift(this.world.database);
  }
}
