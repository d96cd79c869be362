// A SAML provider: node idp.js KEY CERTIFICATE PAIR... It prints its address, and a line for each page: "login" where
// it asks who somebody is, "known" where its cookie says it. Its responses are for AWS, or for ?acs=ADDRESS.
const fs = require('fs');
const http = require('http');
const samlp = require('samlp');

const [key, cert, ...pairs] = process.argv.slice(2);
const aws = 'https://aws.amazon.com/SAML/Attributes/';
const signIn = 'https://signin.aws.amazon.com/saml';

function response(to, done) {
  samlp.getSamlResponse({
    issuer: 'https://idp.example.com', key: fs.readFileSync(key), cert: fs.readFileSync(cert), audience: signIn,
    recipient: to, destination: to, lifetimeInSeconds: 300, signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256',
    profileMapper: () => ({
      getClaims: () => ({ [aws + 'Role']: pairs, [aws + 'RoleSessionName']: 'alice@example.com', [aws + 'SessionDuration']: '7200' }),
      getNameIdentifier: () => ({ nameIdentifier: 'alice' }),
    }),
  }, {}, done);
}

const server = http.createServer((req, res) => {
  const url = new URL(req.url, 'http://127.0.0.1');
  res.setHeader('Content-Type', 'text/html');
  if (url.pathname !== '/' && url.pathname !== '/login') {
    res.statusCode = 404;
    return res.end();
  }
  if (req.method === 'GET' && !/known=alice/.test(req.headers.cookie || '')) {
    console.log('login');
    return res.end('<form method="post" action="/login' + url.search + '"><input name="user" value="alice"></form>' +
      '<script>document.forms[0].submit()</script>');
  }
  if (req.method === 'GET') {
    console.log('known');
  }
  res.setHeader('Set-Cookie', 'known=alice; Max-Age=3600; HttpOnly');
  const to = url.searchParams.get('acs') || signIn;
  response(to, (err, text) => {
    if (err) {
      console.log('failed: ' + err);
      res.statusCode = 500;
      return res.end();
    }
    res.end('<form method="post" action="' + to + '"><input name="SAMLResponse" value="' +
      Buffer.from(text).toString('base64') + '"></form><script>document.forms[0].submit()</script>');
  });
});
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port + '/'));
