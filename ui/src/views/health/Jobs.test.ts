import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import Jobs from "./Jobs.svelte";

const user = userEvent.setup();
beforeEach(() => void (app.now = new Date()));

describe("Jobs", () => {
  it("lists every job with its last run, and the error of the one that failed", async () => {
    useDesk("offline");
    render(Jobs);
    expect(await screen.findByTestId("job-backup")).toHaveTextContent(/^Daily backup2 h agodone/);
    const failed = screen.getByTestId("job-sync");
    expect(failed).toHaveAttribute("data-state", "failed");
    expect(failed).toHaveTextContent("It failed 3 times in a row.");
    expect(screen.getByText("1 job fails")).toBeVisible();
    await screen.findByTestId("connection-stream");
    expect(screen.getByTestId("connection-stream")).toHaveTextContent("There is no network.");
    expect(await barriers()).toEqual([]);
  });

  it("reads the list again when the desk changed", async () => {
    const desk = useDesk("live");
    render(Jobs);
    expect(await screen.findByTestId("job-sync")).toHaveAttribute("data-state", "fine");
    desk.emit("changed", { topics: ["desk"] });
    await waitFor(() => expect(desk.of("jobs_list")).toHaveLength(2));
  });

  it("runs a job at once, says so, and keeps the focus on its button", async () => {
    const desk = useDesk("live");
    render(Jobs);
    await user.click(await screen.findByTestId("run-sync"));
    expect(desk.of("job_run")).toEqual([{ command: "job_run", args: { name: "sync" } }]);
    expect(await screen.findByText("Comparison with Cloudflare: asked to run now.")).toBeInTheDocument();
    expect(screen.getByTestId("run-sync")).toHaveFocus();
  });

  it("says why a job rests, and does not offer to run it", async () => {
    const desk = useDesk("live");
    const [first] = (await desk.mock.invoke("jobs_list")) as object[];
    desk.answers.jobs_list = () => [{ ...first, name: "rooms", rests: "This desk may not record." }];
    render(Jobs);
    expect(await screen.findByTestId("job-rooms")).toHaveTextContent("This desk may not record.rests");
    expect(screen.queryByTestId("run-rooms")).toBeNull();
  });

  it("says who works, how the clock is and whether the database is whole", async () => {
    const desk = useDesk("live");
    const status = (await desk.mock.invoke("desk_health")) as object;
    desk.answers.desk_health = () => ({ ...status, clock_off_seconds: -75, database_ok: false });
    render(Jobs);
    const facts = await screen.findByTestId("desk-facts");
    expect(facts).toHaveTextContent("This window does the work.");
    expect(facts).toHaveTextContent("1 min 15 s behind Cloudflare’s");
    expect(facts).toHaveTextContent("21 MB, damaged, checked 6 h ago");
    expect(screen.getByText("61 of 1,200 in 5 min")).toBeVisible();
  });

  it("shows the jobs although the connections cannot be asked", async () => {
    useDesk("live", {
      desk_health: () => {
        throw { code: "database", message: "The database is busy.", next: "Try again." };
      },
    });
    render(Jobs);
    expect(await screen.findByTestId("job-sync")).toBeVisible();
    expect(await screen.findByTestId("connections-error")).toHaveTextContent("The database is busy.");
  });

  it("copies the diagnostics", async () => {
    const desk = useDesk("live");
    render(Jobs);
    await user.click(await screen.findByTestId("copy-diagnostics"));
    await waitFor(() => expect(desk.of("diagnostics_copy")).toHaveLength(1));
  });
});
