// Every word of the page, in Vietnamese and English, and how days and times are written.

const VI = {
  title: "Lắng Nghe · dùng thử",
  demo: "Bản dùng thử: mọi người đều hư cấu, không dữ liệu nào rời máy này",
  skip: "Đến các điện thoại",
  other_language: "English",
  other_language_code: "en",
  phones: "Các điện thoại",
  clock: "Đồng hồ dùng thử",
  hour: "+1 giờ",
  day: "+1 ngày làm việc",
  five_days: "+5 ngày làm việc",
  pushing: "Đang chuyển đồng hồ…",
  pushed: "Đồng hồ đã chuyển đến {when}.",
  another: "Mở thêm điện thoại",
  panel: "Diễn biến",
  cases: "Vụ việc",
  no_cases: "Chưa có vụ việc nào. Xin gửi một phản ánh từ điện thoại của người dân.",
  happenings: "Vừa xảy ra",
  no_happenings: "Chưa có gì xảy ra.",
  due: "Hạn trả lời: {when}",
  no_due: "Chưa có hạn trả lời",
  overdue: "Quá hạn",
  kind_event: "Sự kiện",
  kind_waiting: "Tin chờ gửi",
  kind_sent: "Tin đã gửi",
  kind_failed: "Tin không gửi được",
  kind_due: "Thời hạn",
  kind_clock: "Đồng hồ",
  tab_citizen: "Người dân",
  tab_intake_officer: "Tiếp nhận",
  tab_unit_head: "Đứng đầu",
  tab_deputy_head: "Cấp phó",
  tab_handler: "Xử lý",
  tab_supervisor: "Giám sát",
  tab_admin: "Quản trị",
  role_citizen: "Người dân",
  role_intake_officer: "Cán bộ tiếp nhận",
  role_unit_head: "Người đứng đầu",
  role_deputy_head: "Cấp phó",
  role_handler: "Người xử lý",
  role_supervisor: "Người giám sát",
  role_admin: "Quản trị",
  bot: "Lắng Nghe",
  phone_of: "Điện thoại của {name}, {role}",
  chat_of: "Trò chuyện của {name} với Lắng Nghe",
  you: "Bạn",
  unread: "{count} tin chưa đọc",
  start: "Bắt đầu",
  empty: "Chưa có tin nhắn. Xin bấm “Bắt đầu”.",
  type: "Nhập tin nhắn",
  send: "Gửi",
  attach: "Đính kèm",
  attach_media: "Ảnh hoặc video",
  attach_document: "Tệp",
  attach_location: "Vị trí của tôi",
  attached: "Tệp sẽ gửi",
  remove: "Bỏ {name}",
  voice: "Ghi âm",
  recording: "Đang ghi âm {time}",
  recorded_name: "Lời nhắn thoại",
  stop: "Gửi lời nhắn",
  cancel: "Hủy",
  location: "Vị trí",
  number: "Số điện thoại",
  file: "Tệp",
  photo: "Ảnh",
  video: "Video",
  buttons: "Các lựa chọn",
  pressed: "đã chọn",
  waiting: "Đang gửi",
  sent: "Đã gửi",
  failed: "Chưa gửi được",
  again: "Gửi lại",
  close: "Đóng",
  open_title: "Mở thêm điện thoại",
  open_role: "Vai trò",
  open_messenger: "Ứng dụng nhắn tin",
  messenger_zalo_oa: "Zalo OA",
  messenger_zalo_bot: "Zalo Bot",
  messenger_webchat_long: "Telegram: có nút bấm",
  messenger_zalo_oa_long: "Zalo OA: gõ số để chọn",
  messenger_zalo_bot_long: "Zalo Bot: gõ số, không gửi tệp",
  open_unit: "Cơ quan",
  open_unit_hint: "Gõ một phần tên, có dấu hoặc không dấu",
  open_unit_citizen: "Người dân chọn cơ quan tức là đã quét mã tại quầy của cơ quan đó. Có thể để trống.",
  open_unit_none: "Không tìm thấy cơ quan nào. Xin thử một phần khác của tên.",
  open_unit_found: "Tìm thấy {count} cơ quan.",
  open_unit_chosen: "Đã chọn: {name}",
  open: "Mở",
  lost: "Mất kết nối với chương trình. Đang nối lại…",
  error_not_received: "Xin lỗi, chương trình chưa nhận được tin này. Xin bấm “Gửi lại”.",
  error_network: "Xin lỗi, không kết nối được với chương trình. Xin bấm “Gửi lại” khi chương trình đã chạy.",
  error_press: "Xin lỗi, lựa chọn chưa đến nơi. Xin bấm lại.",
  error_too_large: "Tệp quá lớn: tối đa 50 MB cho một tin nhắn.",
  error_too_many_files: "Xin gửi tối đa 10 tệp trong một tin nhắn.",
  error_microphone: "Trình duyệt không cho dùng micrô. Xin gửi tệp âm thanh bằng nút “Đính kèm”.",
  error_unit_needed: "Xin chọn cơ quan cho vai trò này.",
  error_unit_unknown: "Không mở được điện thoại tại cơ quan này. Xin chọn cơ quan khác.",
  error_clock: "Xin lỗi, chưa chuyển được đồng hồ. Xin thử lại.",
  error_other: "Xin lỗi, việc này chưa thực hiện được. Xin thử lại.",
};

const EN = {
  title: "Lắng Nghe · demo",
  demo: "Demo: everybody here is made up, and nothing leaves this machine",
  skip: "To the phones",
  other_language: "Tiếng Việt",
  other_language_code: "vi",
  phones: "Phones",
  clock: "Demo clock",
  hour: "+1 hour",
  day: "+1 working day",
  five_days: "+5 working days",
  pushing: "Moving the clock…",
  pushed: "The clock now says {when}.",
  another: "Open another phone",
  panel: "Events",
  cases: "Cases",
  no_cases: "No case yet. Send some feedback from the citizen’s phone.",
  happenings: "What just happened",
  no_happenings: "Nothing happened yet.",
  due: "Answer due: {when}",
  no_due: "No due date yet",
  overdue: "Overdue",
  kind_event: "Event",
  kind_waiting: "Message waiting",
  kind_sent: "Message sent",
  kind_failed: "Message not sent",
  kind_due: "Due date",
  kind_clock: "Clock",
  tab_citizen: "Citizen",
  tab_intake_officer: "Intake",
  tab_unit_head: "Head",
  tab_deputy_head: "Deputy",
  tab_handler: "Handler",
  tab_supervisor: "Supervisor",
  tab_admin: "Admin",
  role_citizen: "Citizen",
  role_intake_officer: "Intake officer",
  role_unit_head: "Unit head",
  role_deputy_head: "Deputy head",
  role_handler: "Handler",
  role_supervisor: "Supervisor",
  role_admin: "Administrator",
  bot: "Lắng Nghe",
  phone_of: "Phone of {name}, {role}",
  chat_of: "Chat of {name} with Lắng Nghe",
  you: "You",
  unread: "{count} unread",
  start: "Start",
  empty: "No message yet. Press “Start”.",
  type: "Write a message",
  send: "Send",
  attach: "Attach",
  attach_media: "Photo or video",
  attach_document: "File",
  attach_location: "My location",
  attached: "Files to send",
  remove: "Remove {name}",
  voice: "Record a voice message",
  recording: "Recording {time}",
  recorded_name: "Voice message",
  stop: "Send the voice message",
  cancel: "Cancel",
  location: "Location",
  number: "Phone number",
  file: "File",
  photo: "Photo",
  video: "Video",
  buttons: "Choices",
  pressed: "chosen",
  waiting: "Sending",
  sent: "Sent",
  failed: "Not sent",
  again: "Send again",
  close: "Close",
  open_title: "Open another phone",
  open_role: "Role",
  open_messenger: "Messenger",
  messenger_zalo_oa: "Zalo OA",
  messenger_zalo_bot: "Zalo Bot",
  messenger_webchat_long: "Telegram: with buttons",
  messenger_zalo_oa_long: "Zalo OA: numbers, no buttons",
  messenger_zalo_bot_long: "Zalo Bot: numbers, and no files",
  open_unit: "Office",
  open_unit_hint: "Type part of its name, with or without tone marks",
  open_unit_citizen: "A citizen with an office has scanned the code at its counter. It may be left empty.",
  open_unit_none: "No office found. Please try another part of its name.",
  open_unit_found: "{count} offices found.",
  open_unit_chosen: "Chosen: {name}",
  open: "Open",
  lost: "The connection to the program is lost. Connecting again…",
  error_not_received: "Sorry, the program has not received this message. Please press “Send again”.",
  error_network: "Sorry, the program cannot be reached. Please press “Send again” once it runs.",
  error_press: "Sorry, your choice did not arrive. Please press it again.",
  error_too_large: "The file is too large: 50 MB at most in one message.",
  error_too_many_files: "Please send at most 10 files in one message.",
  error_microphone: "The browser does not allow the microphone. Please send a sound file with “Attach”.",
  error_unit_needed: "Please choose an office for this role.",
  error_unit_unknown: "No phone can be opened at this office. Please choose another one.",
  error_clock: "Sorry, the clock was not moved. Please try again.",
  error_other: "Sorry, that did not work. Please try again.",
};

const ALL = { vi: VI, en: EN };
const DAYS = {
  vi: ["Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"],
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
};
const VIETNAM = 7 * 3600 * 1000; // Milliseconds ahead of UTC, the whole year.

const asked = new URLSearchParams(location.search).get("lang");
export const language = asked in ALL ? asked : "vi";

// The words for `key` with its named places filled; an error without words of its own says the general thing.
export function say(key, places = {}) {
  const words = ALL[language][key] ?? (key.startsWith("error_") ? ALL[language].error_other : key);
  return words.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

function inVietnam(iso) {
  return new Date(Date.parse(iso) + VIETNAM);
}

const two = (number) => String(number).padStart(2, "0");

// "15:04"
export function time(iso) {
  const at = inVietnam(iso);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

// "thứ Ba, 24/11/2026"
export function day(iso) {
  const at = inVietnam(iso);
  return `${DAYS[language][at.getUTCDay()]}, ${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
}

// "thứ Ba, 24/11/2026 15:04"
export function when(iso) {
  return `${day(iso)} ${time(iso)}`;
}

// "1,2 MB" or "340 KB"
export function size(bytes) {
  if (bytes == null) return "";
  const [number, unit] = bytes >= 2 ** 20 ? [bytes / 2 ** 20, "MB"] : [Math.max(1, bytes / 1024), "KB"];
  return `${number.toLocaleString(language, { maximumFractionDigits: number < 10 ? 1 : 0 })} ${unit}`;
}
