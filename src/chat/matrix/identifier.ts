// https://spec.matrix.org/latest/appendices/#identifier-grammar, historical user ids included.
const HANDLE = /^@[\x21-\x39\x3b-\x7e]{1,200}:[A-Za-z0-9.\-[\]:]{1,230}$/u;
const ROOM = /^![^\s\p{Cc}]{1,254}$/u;

export const isHandle = (text: string): boolean => HANDLE.test(text) && text.length <= 255;

export const isRoomId = (text: string): boolean => ROOM.test(text);
