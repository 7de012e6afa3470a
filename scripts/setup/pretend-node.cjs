// Loaded into npm (node --require). npm leaves out optional packages, without a word, whose "engines" exclude
// the Node it runs on; under Debian's Node 18 these are the native parts of our tools. What it installs runs on
// the project's Node, so that is the version it is told.
const version = process.env.MERIDIAN_PROJECT_NODE;
if (version) Object.defineProperty(process, 'version', { value: version, enumerable: true });
