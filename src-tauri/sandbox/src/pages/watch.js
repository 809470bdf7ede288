// Plays the playlist the page names: with hls.js where the browser has media source extensions, else by itself.

(() => {
  const video = document.getElementById("video");
  const problem = document.getElementById("problem");
  const manifest = video.dataset.manifest;
  if (window.top !== window) document.documentElement.classList.add("framed");

  const EXPIRED = ["This link has expired", "It worked for a limited time, or was withdrawn. Ask whoever sent it for a new one."];
  const GONE = ["The video is not there", "It may have been deleted, or is not ready yet. Try again in a few minutes."];
  const UNREACHABLE = ["The video could not be loaded", "Check the connection, then reload the page."];
  const UNPLAYABLE = ["This browser cannot play the video", "Try another browser, or ask for a download."];

  function say([heading, text]) {
    const title = document.createElement("strong");
    const line = document.createElement("span");
    title.textContent = heading;
    line.textContent = text;
    line.className = "muted";
    problem.replaceChildren(title, line);
    problem.hidden = false;
    video.hidden = true;
    video.removeAttribute("controls");
  }

  function words(status) {
    if (status === 401 || status === 403) return EXPIRED;
    return status === 404 || status === 410 ? GONE : UNREACHABLE;
  }

  async function ask() {
    try {
      return words((await fetch(manifest)).status);
    } catch {
      return UNREACHABLE;
    }
  }

  if (window.Hls?.isSupported()) {
    const hls = new Hls({ enableWorker: false });
    let recovered = false;
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
        recovered = true;
        hls.recoverMediaError();
        return;
      }
      hls.destroy();
      say(data.type === Hls.ErrorTypes.NETWORK_ERROR ? words(data.response?.code) : UNPLAYABLE);
    });
    hls.loadSource(manifest);
    hls.attachMedia(video);
  } else if (video.canPlayType("application/vnd.apple.mpegurl")) {
    // Here the playlist's own subtitles are shown, which would be listed twice.
    video.querySelectorAll("track").forEach((track) => track.remove());
    video.addEventListener("error", async () => say(await ask()));
    video.src = manifest;
  } else {
    say(UNPLAYABLE);
  }
})();
