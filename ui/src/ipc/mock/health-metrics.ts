// The figures over the history, in the mock: those of a dojo after three months, or of one that has recorded nothing yet.
import type { CountedDto, DefinitionDto, HealthDto, WeekDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
const PERIODS = [7, 30, 90, 365];
const FIGURES = ["success", "watchable", "detection", "proof", "deliveries", "relay"];

/** Classes per minute from the end to the video, from the third minute on. */
const PER_MINUTE = [2, 9, 29, 40, 26, 12, 7, 4, 2, 1, 0, 0, 0, 1];
/** Seconds until a ready video was noticed, the latest ones. */
const NOTICED = [1.8, 2.3, 2.1, 1.1, 1.2, 1.5, 1.5, 2.2, 2.9, 1.6, 1, 1.2, 2.4, 2.1, 1.4, 2.5, 2, 3.9, 5.6, 1.7];

const DEFINITIONS: DefinitionDto[] = [
  {
    figure: "success",
    title: "Recordings that became a video",
    definition: "Of the recordings that were asked for in the period and are decided, the share that could be watched.",
    data: "Recordings of this desk and those that it took over from other desks.",
    goal: "more than 95 %",
  },
  {
    figure: "watchable",
    title: "From the end to the video",
    definition: "The time from the end of capture to the first moment at which the video could be watched.",
    data: "The recordings that count as succeeded.",
    goal: "a middle value of less than 10 minutes",
  },
  {
    figure: "detection",
    title: "From ready to noticed",
    definition: "The time from the moment at which a video could be watched to the one at which this desk saw that.",
    data: "The recordings whose video this desk followed itself.",
    goal: "less than 5 seconds for nineteen of twenty",
  },
  {
    figure: "proof",
    title: "Classes without proof",
    definition: "The classes that this desk did not see being recorded within a minute.",
    data: "Classes of this desk that were to be recorded and had somebody in the room.",
    goal: "",
  },
  {
    figure: "deliveries",
    title: "Deliveries",
    definition: "What was told about recordings by e-mail, to Slack and to the webhook.",
    data: "Deliveries by the moment at which they were queued.",
    goal: "",
  },
  {
    figure: "relay",
    title: "Through this computer",
    definition: "Of the recordings that became a video, those whose file this computer sent to Stream.",
    data: "The recordings that count as succeeded.",
    goal: "",
  },
];

const ago = (milliseconds: number) => iso(Date.now() - milliseconds);

export function healthMetrics(world: World) {
  const { store } = world;
  const ready = () => store.recordings.filter((row) => row.status === "READY");
  const failed = () => store.recordings.filter((row) => row.status === "FAILED");
  const isEmpty = () => store.recordings.length === 0;

  function checked(days: number): number {
    if (!PERIODS.includes(days)) {
      fail("invalid_input", `${days} days is not a period.`, "Choose 7, 30, 90 or 365 days.");
    }
    return days;
  }

  function weeks(days: number): WeekDto[] {
    const count = Math.ceil(days / 7);
    return Array.from({ length: count }, (_, index) => {
      const start = ago((count - index) * 7 * DAY);
      const desk_off = count > 8 && index === count - 6;
      const total = desk_off || isEmpty() ? 0 : 32;
      const succeeded = total === 0 ? 0 : total - (index % 4 === 0 ? 1 : 0);
      return { start, total, succeeded, share: total === 0 ? null : succeeded / total, desk_off };
    });
  }

  function overview(days: number): HealthDto {
    const empty = isEmpty();
    const some = <T>(value: T): T | null => (empty ? null : value);
    const named = ready()[0];
    const nothing = "Nothing to measure yet: no class was recorded in this time.";
    return {
      from: ago(checked(days) * DAY),
      to: ago(0),
      days,
      is_empty: empty,
      summary: empty ? nothing : "All three goals are met. 133 of 136 recordings became a video.",
      success: {
        total: empty ? 0 : 136,
        succeeded: empty ? 0 : 133,
        failed: empty ? 0 : 3,
        undecided: 0,
        share: some(133 / 136),
        goal: 0.95,
        met: some(true),
        sentence: empty
          ? nothing
          : "3 of 136 recordings failed. The most frequent cause, 2 times: Stream’s storage is full.",
        weeks: weeks(days),
        causes: empty
          ? []
          : [
              { cause: "storage_full", label: "Stream’s storage is full.", count: 2 },
              { cause: "source_unreachable", label: "Stream could not fetch the recorded file.", count: 1 },
            ],
      },
      watchable: {
        count: empty ? 0 : 133,
        median: some(400),
        p90: some(570),
        p95: some(640),
        slowest: some(960),
        goal: 600,
        within_goal: empty ? 0 : 125,
        share: some(125 / 133),
        met: some(true),
        sentence: empty
          ? "Nothing to measure yet: no recording became a video in this time."
          : "94 % could be watched within 10 min. The slowest took 16 min, “Belt exam, group C”.",
        bins: empty
          ? []
          : PER_MINUTE.map((count, index) => ({ from_minutes: index + 3, to_minutes: index + 4, count })),
        by_length: empty
          ? []
          : [
              { label: "30 to 60 min", count: 96, median: 370, p95: 520 },
              { label: "60 to 90 min", count: 36, median: 480, p95: 690 },
              { label: "1½ to 3 h", count: 1, median: 960, p95: 960 },
            ],
        slowest_recording: named === undefined || empty ? null : { id: named.id, title: named.title },
      },
      detection: {
        count: empty ? 0 : NOTICED.length,
        median: some(2),
        p95: some(3.9),
        slowest: some(5.6),
        goal: 5,
        met: some(true),
        sentence: empty
          ? "Nothing to measure yet: no recording became a video in this time."
          : "95 % were noticed within 5.0 s. The slowest took 5.6 s.",
        latest:
          empty || named === undefined
            ? []
            : NOTICED.map((seconds, index) => ({
                recording: named.id,
                title: named.title,
                at: ago((NOTICED.length - index) * DAY),
                seconds,
              })),
      },
      proof: {
        classes: empty ? 0 : 136,
        without_proof: empty ? 0 : 1,
        sentence: empty
          ? "No class of this desk that was to be recorded was held in this time."
          : "1 of 136 classes was not seen being recorded within a minute.",
      },
      deliveries: {
        sent: empty ? 0 : 271,
        failed: empty ? 0 : 2,
        waiting: 0,
        sentence: empty
          ? "Nothing was told to people or programs in this time."
          : "271 deliveries were accepted, 2 failed.",
        channels: empty
          ? []
          : [
              { channel: "webhook", sent: 134, failed: 2, waiting: 0 },
              { channel: "email", sent: 137, failed: 0, waiting: 0 },
            ],
      },
      relay: {
        recordings: empty ? 0 : 133,
        relayed: empty ? 0 : 2,
        share: some(2 / 133),
        sentence: empty
          ? "No recording became a video in this time."
          : "2 of 133 recordings went through this computer (1.5 %), because Stream could not fetch the file.",
      },
      instructors: empty
        ? []
        : [
            { id: null, name: "R. Alves", total: 80, succeeded: 79, share: 79 / 80, median: 390 },
            { id: null, name: "M. Ito", total: 56, succeeded: 54, share: 54 / 56, median: 420 },
          ],
      series: [],
      choices: { instructors: empty ? [] : ["M. Ito", "R. Alves"], series: [] },
    };
  }

  function behind(figure: string, days: number): CountedDto[] {
    checked(days);
    if (!FIGURES.includes(figure)) {
      fail(
        "invalid_input",
        `There is no figure “${figure}”.`,
        "Choose success, watchable, detection, proof, deliveries or relay.",
      );
    }
    const row = (one: (typeof store.recordings)[number], met: boolean): CountedDto => ({
      id: one.id,
      kind: "recording",
      title: one.title,
      instructor: one.instructor,
      at: one.recorded_at,
      verdict: met ? "became a video" : "failed: Stream’s storage is full.",
      value: figure === "watchable" ? "6 min 40 s" : figure === "detection" ? "2.0 s" : null,
      counts: true,
      met,
    });
    const failures = figure === "success" ? failed() : [];
    return [...failures.map((one) => row(one, false)), ...ready().map((one) => row(one, true))];
  }

  return {
    health_overview: ({ days }) => overview(days),
    health_recordings: ({ figure, days }) => behind(figure, days),
    health_definitions: () => DEFINITIONS,
  } satisfies Partial<Answers>;
}
