// Prints the access key ID of the credentials that the Common Runtime finds where the environment says. It shows no
// credentials, but signs with them.
const { auth, http } = require("aws-crt");
const provider = auth.AwsCredentialsProvider.newDefault();
const request = new http.HttpRequest("GET", "/", new http.HttpHeaders([["Host", "sts.eu-west-1.amazonaws.com"]]));
auth
  .aws_sign_request(request, {
    algorithm: auth.AwsSigningAlgorithm.SigV4,
    signature_type: auth.AwsSignatureType.HttpRequestViaHeaders,
    provider,
    region: "eu-west-1",
    service: "sts",
  })
  .then((signed) => {
    console.log(/Credential=([^/]+)\//.exec(signed.headers.get("Authorization"))[1]);
    process.exit(0);
  })
  .catch((err) => {
    console.error(err);
    process.exit(1);
  });
