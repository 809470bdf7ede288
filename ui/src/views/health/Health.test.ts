import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { toast } from "svelte-sonner";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HealthDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { healthPosition } from "../../state/health/position.svelte";
import { barriers } from "../../test/axe";
import { useDesk, type Scenario } from "../../test/desk";
import Health from "./Health.svelte";

const user = userEvent.setup();
const refused = () => {
  throw { code: "database", message: "The database is busy.", next: "Try again." };
};
/** Within the main part of a page, as in the window. */
const show = () =>
  render(Health, {
    target: document.body.appendChild(document.createElement("main")),
    context: new Map([healthPosition.context()]),
  });
const tableOf = (figure: HTMLElement) =>
  [...within(figure).getByTestId("chart-table").querySelectorAll("tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.textContent),
  );

beforeEach(() => {
  app.healthTab = "overview";
  app.view = "health";
  app.now = new Date();
  app.selectedRecording = null;
  app.closeHistory();
});
afterEach(() => void toast.dismiss());

describe("the overview", () => {
  it("says the answer in a sentence and has every figure with its goal", async () => {
    useDesk("failures");
    show();
    expect(await screen.findByTestId("health-summary")).toHaveTextContent(
      /^Two of four goals are met\. .*Storage is full\.$/,
    );
    expect(screen.getByTestId("figure-success")).toHaveTextContent(/75 %\s*goal 95 %/);
    expect(screen.getByTestId("figure-success")).toHaveTextContent("goal missed");
    for (const name of ["watchable", "detection", "storage", "proof", "deliveries", "relay"])
      expect(screen.getByTestId(`figure-${name}`)).toBeVisible();
    expect(await barriers()).toEqual([]);
  });

  it("has the figures of each chart as a table, and hides the picture from screen readers", async () => {
    const desk = useDesk("many");
    const known = (await desk.mock.invoke("health_overview", {
      days: 30,
      instructor: null,
      series: null,
    })) as HealthDto;
    show();
    const figure = await screen.findByTestId("figure-watchable");
    const rows = tableOf(figure);
    expect(rows.map((row) => Number(row[1]))).toEqual(known.watchable.bins.map((bin) => bin.count));
    expect(figure.querySelector("svg")?.closest("[aria-hidden=true]")).not.toBeNull();
    expect(tableOf(screen.getByTestId("figure-success"))).toHaveLength(known.success.weeks.length);
    expect(tableOf(screen.getByTestId("figure-detection")).map((row) => row[0])).toEqual(
      known.detection.latest.map(({ title }) => title),
    );
  });

  it("moves between the points by the arrow keys as one tab stop, and Enter opens the recording", async () => {
    useDesk("live");
    show();
    const points = within(
      within(await screen.findByTestId("figure-detection")).getByTestId("chart-points"),
    ).getAllByRole("button");
    expect(points.filter((point) => point.tabIndex === 0)).toEqual([points[0]]);
    points[0]!.focus();
    await user.keyboard("{ArrowRight}");
    expect(points[1]).toHaveFocus();
    await user.keyboard("{End}{ArrowRight}");
    expect(points.at(-1)).toHaveFocus();
    expect(points.filter((point) => point.tabIndex === 0)).toEqual([points.at(-1)]);
    await user.keyboard("{Enter}");
    expect(app.view).toBe("recordings");
    expect(app.selectedRecording).not.toBeNull();
  });

  it("asks again for another period and instructor", async () => {
    const desk = useDesk("live");
    show();
    await user.click(await screen.findByTestId("period-90"));
    await user.selectOptions(screen.getByTestId("health-instructor"), "M. Ito");
    await waitFor(() =>
      expect(desk.of("health_overview").at(-1)?.args).toEqual({ days: 90, instructor: "M. Ito", series: null }),
    );
  });

  it("lists what a number counts, with its definition, and leads to the recording", async () => {
    const desk = useDesk("failures");
    show();
    await user.click(await screen.findByTestId("why-success"));
    const dialog = await screen.findByTestId("why-dialog");
    await within(dialog).findAllByTestId("counted");
    expect(dialog).toHaveTextContent("Classes that became a video: 75 %");
    expect(dialog).toHaveTextContent("Of the recordings that are decided, those that can be watched.");
    expect(desk.of("health_recordings").at(-1)?.args).toMatchObject({ figure: "success", days: 30 });
    await user.click(within(dialog).getByTestId("why-missed"));
    const rows = within(dialog).getAllByTestId("counted");
    expect(rows).toHaveLength(3);
    expect(rows.every((row) => row.textContent?.includes("Failed"))).toBe(true);
    expect(await barriers(dialog)).toEqual([]);
    await user.click(within(rows[0]!).getByRole("button"));
    expect(app.view).toBe("recordings");
    await waitFor(() => expect(screen.queryByTestId("why-dialog")).toBeNull());
  });

  it("leads from a class without a recording to its history, and gives the focus back", async () => {
    useDesk("live");
    show();
    const why = await screen.findByTestId("why-proof");
    await user.click(why);
    await screen.findAllByTestId("counted");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(why).toHaveFocus());
    // The page takes the mouse again a moment after the dialog is gone.
    await waitFor(() => expect(document.body).not.toHaveStyle({ pointerEvents: "none" }));
    await user.click(why);
    await user.click(within((await screen.findAllByTestId("counted")).at(-1)!).getByRole("button"));
    expect(app.historyOf).not.toBeNull();
  });

  it("sorts the instructors by any column, and shows only one of them", async () => {
    const desk = useDesk("many");
    show();
    const [byName] = await screen.findAllByTestId("groups-name");
    const table = byName!.closest("table")!;
    const names = () => within(table).getAllByTestId("group-row").map((row) => row.querySelector("td")?.textContent?.trim()); // prettier-ignore
    expect(names()).toEqual(["R. Alves", "M. Ito", "K. Mori"]);
    await user.click(byName!);
    expect(names()).toEqual(["K. Mori", "M. Ito", "R. Alves"]);
    expect(byName!.closest("th")).toHaveAttribute("aria-sort", "ascending");
    await user.click(within(table).getByRole("button", { name: "K. Mori" }));
    await waitFor(() => expect(desk.of("health_overview").at(-1)?.args).toMatchObject({ instructor: "K. Mori" }));
  });

  it.each(["health_overview", "storage_overview", "alerts_list", "desk_health"])(
    "keeps everything else when %s fails",
    async (command) => {
      useDesk("live", { [command]: refused });
      show();
      await screen.findAllByText(/The database is busy/);
      const [success, storage, connection] = ["figure-success", "figure-storage", "connection-stream"];
      if (command !== "health_overview") expect(await screen.findByTestId(success)).toBeVisible();
      if (command !== "storage_overview") expect(await screen.findByTestId(storage)).toBeVisible();
      if (command !== "desk_health") expect(await screen.findByTestId(connection)).toBeVisible();
    },
  );

  it("says that there is nothing to measure yet, and offers to show all classes where a choice is empty", async () => {
    const desk = useDesk("empty");
    const { unmount } = show();
    expect(await screen.findByTestId("health-empty")).toHaveTextContent("Nothing to measure yet");
    expect(screen.queryByTestId("figure-success")).toBeNull();
    expect(await barriers()).toEqual([]);
    unmount();
    desk.answers.health_overview = async (args) => ({
      ...((await desk.mock.invoke("health_overview", args)) as HealthDto),
      choices: { instructors: ["A", "B"], series: [] },
    });
    show();
    await user.selectOptions(await screen.findByTestId("health-instructor"), "B");
    await user.click(await screen.findByTestId("health-all"));
    await waitFor(() => expect(desk.of("health_overview").at(-1)?.args).toMatchObject({ instructor: null }));
  });

  it("shows a hostile title as text", async () => {
    const desk = useDesk("live");
    const hostile = `<img src=x onerror="alert(1)">${"x".repeat(500)}`;
    const known = (await desk.mock.invoke("health_overview", {
      days: 30,
      instructor: null,
      series: null,
    })) as HealthDto;
    desk.answers.health_overview = () => ({
      ...known,
      detection: { ...known.detection, latest: [{ recording: "a", title: hostile, at: known.to, seconds: 1 }] },
      instructors: [{ id: null, name: hostile, total: 1, succeeded: 1, share: 1, median: null }],
    });
    show();
    const figure = await screen.findByTestId("figure-detection");
    expect(tableOf(figure)[0]?.[0]).toBe(hostile);
    expect(document.querySelector("img[src=x]")).toBeNull();
  });
});

describe("the tabs", () => {
  it("say how much is open, choose by the arrow keys, and are kept", async () => {
    useDesk("live");
    const { unmount } = show();
    await waitFor(() => expect(screen.getByTestId("health-alerts")).toHaveTextContent(/Alerts\s*1 open/));
    screen.getByTestId("health-overview").focus();
    await user.keyboard("{ArrowRight}");
    expect(screen.getByTestId("health-alerts")).toHaveFocus();
    expect(screen.getByRole("tabpanel", { name: /Alerts/ })).toBeVisible();
    expect(await screen.findByTestId("alert-open")).toBeVisible();
    unmount();
    show();
    expect(await screen.findByTestId("alert-open")).toBeVisible();
  });

  it("go back by the key for back", async () => {
    useDesk("live");
    show();
    await user.click(await screen.findByTestId("health-rules"));
    await screen.findAllByTestId("rule");
    history.back();
    await waitFor(() => expect(app.healthTab).toBe("overview"));
  });
});

describe("the monthly report", () => {
  async function open(scenario: Scenario, answers = {}) {
    const desk = useDesk(scenario, answers);
    show();
    await user.click(await screen.findByTestId("open-report"));
    await screen.findByTestId("report-dialog");
    return desk;
  }

  it("opens and saves the chosen month", async () => {
    const desk = await open("many");
    const months = await screen.findByTestId<HTMLSelectElement>("report-month");
    const second = months.options[1]!.value;
    await user.selectOptions(months, second);
    await user.click(screen.getByTestId("report-open"));
    await user.click(screen.getByTestId("report-csv"));
    expect(desk.of("report_open").map(({ args }) => args)).toEqual([{ month: second }]);
    expect(desk.of("report_save").map(({ args }) => args)).toEqual([{ month: second, format: "csv" }]);
    expect(await barriers(screen.getByTestId("report-dialog"))).toEqual([]);
  });

  it("is sent by e-mail if that is wanted, and shows why it is not", async () => {
    const desk = await open("many");
    await user.click(await screen.findByTestId("report-mail"));
    await waitFor(() => expect(screen.getByTestId("report-mail")).toBeChecked());
    desk.answers.report_mail_set = refused;
    await user.click(screen.getByTestId("report-mail"));
    expect(await screen.findByTestId("report-refusal")).toHaveTextContent("The database is busy.");
    await waitFor(() => expect(screen.getByTestId("report-mail")).toBeChecked());
  });

  it("says so where there is no month", async () => {
    await open("empty");
    expect(await screen.findByText("There is no month with a recorded class yet.")).toBeVisible();
  });
});
