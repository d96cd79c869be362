// Prints the access key ID of the credentials that version 2 of the SDK finds where the environment says: in the
// container endpoint, else in the instance metadata.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const AWS = require("aws-sdk");
const container = process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
const found = container ? new AWS.ECSCredentials() : new AWS.EC2MetadataCredentials({ host: process.argv[2] });
found.get((err) => {
  if (err) {
    console.error(err);
    process.exit(1);
  }
  console.log(found.accessKeyId);
});
