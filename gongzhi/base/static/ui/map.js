/* Grids as polygons, without tiles. data-map="/areas.json" draws a GeoJSON collection; with data-lon and data-lat (ids of
   hidden fields) a press chooses a point and data-find="/places/at" names its grid in #data-found. The list beside it
   says the same to whoever has no map. */
(() => {
  "use strict";
  const { say, words } = window.gongzhi;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function look(feature) {
    if (feature.geometry?.type === "Point") return {};
    const { tone: named, shade } = feature.properties || {};
    const tone = { ok: "--green", warn: "--amber", bad: "--red", here: "--brick" }[named];
    return { color: colour(tone || "--edge"), weight: tone ? 2 : 1.2, fillColor: colour(shade ? "--brick" : tone || "--surface"), fillOpacity: shade ?? (tone ? 0.16 : 0.6) };
  }

  function pointer(map, holder) {
    let mark = null;
    const field = (name) => document.getElementById(holder.dataset[name]);
    const found = document.getElementById(holder.dataset.found);
    async function choose(latlng) {
      field("lon").value = latlng.lng.toFixed(6);
      field("lat").value = latlng.lat.toFixed(6);
      mark?.remove();
      mark = L.circleMarker(latlng, { radius: 9, weight: 3, color: "#fff", fillColor: colour("--brick"), fillOpacity: 1 }).addTo(map);
      field("lon").dispatchEvent(new Event("change", { bubbles: true }));
      if (!holder.dataset.find) return;
      try {
        const answer = await fetch(`${holder.dataset.find}?lon=${field("lon").value}&lat=${field("lat").value}`);
        const place = answer.ok ? await answer.json() : null;
        if (found) found.textContent = place?.name ? place.name : words.nowhere;
        if (field("place") && place?.id) field("place").value = place.id;
      } catch { say(words.lost, "warning", "line"); }
    }
    map.on("click", (event) => choose(event.latlng));
    if (field("lon")?.value && field("lat")?.value) choose(L.latLng(field("lat").value, field("lon").value));
    return choose;
  }

  async function draw(holder) {
    const map = L.map(holder, { preferCanvas: true, attributionControl: false, zoomSnap: 0.25, keyboard: true });
    map.zoomControl.setPosition("bottomright");
    const choosing = document.getElementById(holder.dataset.lon) && document.getElementById(holder.dataset.lat);
    try {
      const areas = await (await fetch(holder.dataset.map)).json();
      const layer = L.geoJSON(areas, {
        style: look,
        pointToLayer: (_, at) => L.circleMarker(at, { radius: 8, weight: 3, color: "#fff", fillColor: colour("--brick"), fillOpacity: 1 }),
        interactive: !choosing,
        onEachFeature: (feature, shape) => {
          const { name, url } = feature.properties || {};
          if (name) shape.bindTooltip(name, { permanent: areas.features.length <= 40, direction: "center", className: "map-name" });
          if (url && !choosing) shape.on("click", () => location.assign(url));
        },
      }).addTo(map);
      map.fitBounds(layer.getBounds(), { padding: [12, 12], animate: false, maxZoom: 17 });
    } catch {
      holder.replaceChildren(document.createTextNode(words.nomap));
      return;
    }
    const choose = choosing && pointer(map, holder);
    const here = document.querySelector(`[data-locate="${holder.id}"]`);
    if (!choose || !here || !navigator.geolocation) return;
    here.hidden = false;
    here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
      ({ coords }) => { const at = L.latLng(coords.latitude, coords.longitude); map.setView(at, 16); choose(at); },
      () => say(words.noposition, "warning", "position"), { enableHighAccuracy: true, timeout: 10000 },
    ));
  }

  const drawn = new WeakSet();
  const all = () => document.querySelectorAll("[data-map]").forEach((holder) => drawn.has(holder) || (drawn.add(holder), draw(holder)));
  document.addEventListener("htmx:afterSettle", all);
  all();
})();
