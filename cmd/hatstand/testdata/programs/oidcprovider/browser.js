// A browser: node browser.js ADDRESS goes there and wherever that leads, keeps cookies, and sends each form that comes up
// as it stands.
const cookies = new Map();

async function go(url, body) {
  const answer = await fetch(url, {
    method: body ? 'POST' : 'GET', body, redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
  const to = answer.headers.get('location');
  if (to) return go(new URL(to, url));
  const page = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${page}`);
  const form = /<form[^>]* action="([^"]+)"/.exec(page);
  if (!form) return;
  const fields = new URLSearchParams();
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) fields.set(name, value);
  await go(new URL(form[1], url), fields);
}

await go(process.argv[2]);
