/** Numbers of Virtual I/O Device (VIRTIO) 1.2: section 4.2 (MMIO), 2 (status, features), 2.7 (split virtqueues). */
export const MAGIC_VALUE = 0x000;
export const VERSION = 0x004;
export const DEVICE_ID = 0x008;
export const VENDOR_ID = 0x00c;
export const DEVICE_FEATURES = 0x010;
export const DEVICE_FEATURES_SEL = 0x014;
export const DRIVER_FEATURES = 0x020;
export const DRIVER_FEATURES_SEL = 0x024;
export const GUEST_PAGE_SIZE = 0x028;
export const QUEUE_SEL = 0x030;
export const QUEUE_NUM_MAX = 0x034;
export const QUEUE_NUM = 0x038;
export const QUEUE_ALIGN = 0x03c;
export const QUEUE_PFN = 0x040;
export const QUEUE_READY = 0x044;
export const QUEUE_NOTIFY = 0x050;
export const INTERRUPT_STATUS = 0x060;
export const INTERRUPT_ACK = 0x064;
export const STATUS = 0x070;
export const QUEUE_DESC_LOW = 0x080;
export const QUEUE_DESC_HIGH = 0x084;
export const QUEUE_DRIVER_LOW = 0x090;
export const QUEUE_DRIVER_HIGH = 0x094;
export const QUEUE_DEVICE_LOW = 0x0a0;
export const QUEUE_DEVICE_HIGH = 0x0a4;
export const SHM_LEN_LOW = 0x0b0;
export const SHM_LEN_HIGH = 0x0b4;
export const CONFIG_GENERATION = 0x0fc;
export const CONFIG = 0x100;

/** "virt" */
export const MAGIC = 0x74726976;
/** "QEMU", as its transport says. */
export const VENDOR = 0x554d4551;
export const VERSION_LEGACY = 1;
export const VERSION_MODERN = 2;

export const STATUS_DRIVER_OK = 4;
export const STATUS_FEATURES_OK = 8;
export const STATUS_NEEDS_RESET = 64;

export const INTERRUPT_VRING = 1;
export const INTERRUPT_CONFIG = 2;

/** Feature bits 0 to 31. */
export const F_ANY_LAYOUT = 1 << 27;
export const F_INDIRECT_DESC = 1 << 28;
export const F_EVENT_IDX = 1 << 29;
/** Feature bits 32 to 63. */
export const F_HIGH_VERSION_1 = 1;

export const DESC_F_NEXT = 1;
export const DESC_F_WRITE = 2;
export const DESC_F_INDIRECT = 4;
export const DESC_SIZE = 16;
export const AVAIL_F_NO_INTERRUPT = 1;

/** Largest queue, and largest number of buffers in one request. */
export const QUEUE_MAX = 1024;
export const MAX_QUEUES = 2;
