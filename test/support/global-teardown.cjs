module.exports = require('./temporary-root.cjs').tearDown;
