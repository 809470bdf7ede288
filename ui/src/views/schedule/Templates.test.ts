import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { SessionDraft, TemplateDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { session, settings, shell } from "../../test/schedule";
import SaveTemplate from "./SaveTemplate.svelte";
import SessionDialog from "./SessionDialog.svelte";
import Templates from "./Templates.svelte";

const beginners: TemplateDto = {
  id: "template-1",
  name: "Beginners",
  title: "Karate for beginners",
  instructor: "Yamada Rin",
  duration_minutes: 45,
  record: true,
  quality: "480p",
  max_participants: 12,
  people: 3,
};
const taken = {
  code: "invalid_input",
  message: "There is a template “Beginners” already.",
  next: "Choose another name.",
  fields: [{ field: "name", message: "There is a template “Beginners” already.", next: "Choose another name." }],
};

beforeEach(() => {
  app.closeSessionDialog();
  app.now = new Date();
});

describe("templates", () => {
  it("fill the form of a new class, which then comes with their people", async () => {
    const asked = shell({
      settings_get: () => settings,
      templates_list: () => [beginners],
      template_session_create: ({ input }) => session({ title: (input as SessionDraft).title }),
    });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog();
    const choice = await screen.findByLabelText("Template");
    await user.selectOptions(choice, "Beginners");
    expect(screen.getByTestId<HTMLInputElement>("field-title").value).toBe("Karate for beginners");
    expect(screen.getByTestId<HTMLInputElement>("field-length").value).toBe("45");
    expect(screen.getByText("3 people come with it.")).toBeVisible();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("save-session"));
    const input = { duration_minutes: 45, quality: "480p" };
    await waitFor(() =>
      expect(asked.calls("template_session_create")).toMatchObject([{ template: "template-1", input }]),
    );
  });

  it("give their people to a series too", async () => {
    const asked = shell({
      settings_get: () => settings,
      templates_list: () => [beginners],
      series_create: () => ({ sentence: "every day", sessions: [], change: null }),
    });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog();
    await user.selectOptions(await screen.findByLabelText("Template"), "Beginners");
    await user.click(screen.getByTestId("repeats-daily"));
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(asked.calls("series_create")).toMatchObject([{ template: "template-1" }]));
    expect(asked.calls("template_session_create")).toEqual([]);
  });

  it("are made of a class, and a name that is taken is told at its field", async () => {
    let names = 0;
    shell({
      template_from_session: ({ name }) => {
        names += 1;
        if (names === 1) throw taken;
        return { ...beginners, name: name as string };
      },
    });
    const user = userEvent.setup();
    render(SaveTemplate, { session: session({ title: "Beginners" }) });
    await user.click(screen.getByRole("button", { name: "Save as template…" }));
    await user.keyboard("{Enter}");
    expect(await screen.findByText(/There is a template “Beginners” already/)).toBeVisible();
    expect(await barriers()).toEqual([]);
    await user.clear(screen.getByLabelText("Name of the template"));
    await user.type(screen.getByLabelText("Name of the template"), "Evening{Enter}");
    await waitFor(() => expect(screen.getByRole("button", { name: "Save as template…" })).toHaveFocus());
  });

  it("are listed in Settings, where one is changed and one removed", async () => {
    const asked = shell({
      templates_list: () => [beginners],
      template_save: () => beginners,
      template_remove: () => "change-1",
    });
    const user = userEvent.setup();
    render(Templates);
    const edit = await screen.findByRole("button", { name: "Edit the template Beginners" });
    expect(await barriers()).toEqual([]);
    await user.click(edit);
    await user.click(await screen.findByTestId("template-form-save"));
    const input = { name: "Beginners", max_participants: 12 };
    await waitFor(() => expect(asked.calls("template_save")).toMatchObject([{ template: "template-1", input }]));
    await waitFor(() => expect(screen.queryByTestId("template-dialog")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Remove the template Beginners" }));
    await waitFor(() => expect(asked.calls("template_remove")).toHaveLength(1));
  });

  it("keep the focus while they are removed: on the next one, and at last on “New template”", async () => {
    let left = [beginners, { ...beginners, id: "template-2", name: "Seniors" }];
    const desk = shell({
      templates_list: () => left,
      template_remove: ({ template }) => {
        left = left.filter(({ id }) => id !== template);
        return "change";
      },
    });
    const user = userEvent.setup();
    render(Templates);
    const seniors = await screen.findByRole("button", { name: "Remove the template Seniors" });
    screen.getByRole("button", { name: "Remove the template Beginners" }).focus();
    await user.keyboard("{Enter}");
    desk.changed("sessions");
    await waitFor(() => expect(seniors).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(left).toEqual([]));
    desk.changed("sessions");
    await waitFor(() => expect(screen.getByTestId("new-template")).toHaveFocus());
  });
});
