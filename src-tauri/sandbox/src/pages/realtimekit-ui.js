// Stands in for RealtimeKit's elements in join pages that the sandbox serves: a room with the people, the chat, one's own camera and
// microphone, and a button to leave.
(() => {
  const STYLE = `
    :host { display: grid; grid-template-rows: auto 1fr auto; gap: 12px; padding: 14px; overflow: auto; font: 15px/1.5 system-ui, sans-serif;
      color: #f1efe9; background: #161513; }
    header, footer { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
    h1, h2 { margin: 0; font-size: 18px; } h2 { font-size: 15px; } ul, ol { margin: 0; padding: 0; list-style: none; }
    .columns { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); align-content: start; }
    section { padding: 12px 14px; border: 1px solid #4f4b43; border-radius: 10px; min-width: 0; overflow-wrap: anywhere; }
    video { width: 100%; max-height: 40vh; border-radius: 10px; background: #10161c; }
    .pill { padding: 2px 9px; border-radius: 99px; font-size: 13px; background: #33312c; } .pill.live { background: #ef5a4e; color: #1b0705; }
    button, input { font: inherit; color: inherit; background: #1f1e1b; border: 1px solid #9a9488; border-radius: 8px; padding: 7px 12px; }
    form { display: flex; gap: 8px; margin-top: 10px; } input { flex: 1; min-width: 0; }
    [hidden] { display: none; } small { color: #b8b3a8; }
  `;
  const PARTS = `
    <header><h1 id="title"></h1><span id="recording" class="pill"></span><small>Practice room: picture and sound go to nobody.</small></header>
    <div class="columns">
      <video id="own" aria-label="Your camera" muted playsinline autoplay hidden></video>
      <section aria-labelledby="people-title"><h2 id="people-title">In the room</h2><ul id="people"></ul></section>
      <section aria-labelledby="chat-title"><h2 id="chat-title">Chat</h2><div role="log" aria-labelledby="chat-title"><ol id="lines"></ol></div>
        <form id="say"><input id="text" aria-label="Message to everybody" maxlength="4000" autocomplete="off"><button>Send</button></form></section>
    </div>
    <footer><button id="camera" type="button"></button><button id="microphone" type="button"></button><button id="leave" type="button">Leave</button></footer>
  `;

  class Meeting extends HTMLElement {
    #meeting;
    set meeting(meeting) {
      this.#meeting = meeting;
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      const style = document.createElement("style");
      style.textContent = STYLE;
      const parts = document.createElement("template");
      parts.innerHTML = PARTS;
      root.replaceChildren(style, parts.content);
      const { self, participants, chat, recording } = meeting;
      this.#part("title").textContent = meeting.meta.meetingTitle;
      for (const [source, event] of [[self, "videoUpdate"], [self, "audioUpdate"], [participants, "changed"], [chat, "chatUpdate"],
        [recording, "recordingUpdate"], [self, "roomJoined"]]) source.on(event, () => this.#draw());
      this.#part("camera").onclick = () => (self.videoEnabled ? self.disableVideo() : self.enableVideo());
      this.#part("microphone").onclick = () => (self.audioEnabled ? self.disableAudio() : self.enableAudio());
      this.#part("leave").onclick = () => meeting.leave();
      this.#part("say").onsubmit = (event) => {
        event.preventDefault();
        const text = this.#part("text").value.trim();
        if (text) chat.sendTextMessage(text);
        this.#part("text").value = "";
      };
      this.#draw();
    }
    get meeting() {
      return this.#meeting;
    }
    #part(id) {
      return this.shadowRoot.getElementById(id);
    }
    #draw() {
      const { self, participants, chat, recording } = this.#meeting;
      const item = (text) => Object.assign(document.createElement("li"), { textContent: text });
      this.#part("people").replaceChildren(...participants.people.map(({ name }) => item(name)));
      this.#part("lines").replaceChildren(...chat.messages.map(({ from, text }) => item(`${from}: ${text}`)));
      const live = recording.recordingState === "RECORDING";
      this.#part("recording").textContent = live ? "Recording" : "Not recorded";
      this.#part("recording").classList.toggle("live", live);
      this.#part("own").hidden = !self.videoEnabled;
      this.#part("own").srcObject = self.videoEnabled ? new MediaStream([self.videoTrack]) : null;
      // The real buttons are missing, too, for whoever may not send.
      this.#part("camera").hidden = self.permissions.canProduceVideo !== "ALLOWED";
      this.#part("camera").textContent = self.videoEnabled ? "Camera off" : "Camera on";
      this.#part("microphone").hidden = self.permissions.canProduceAudio !== "ALLOWED";
      this.#part("microphone").textContent = self.audioEnabled ? "Microphone off" : "Microphone on";
    }
  }

  window.RtkUiKit = {
    defineCustomElements() {
      if (!customElements.get("rtk-meeting")) customElements.define("rtk-meeting", Meeting);
    },
  };
})();
