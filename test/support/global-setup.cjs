module.exports = require('./temporary-root.cjs').setUp;
