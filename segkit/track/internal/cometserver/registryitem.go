package cometserver

import (
	"net/http"
	"slices"
)

// changeItem does something to a version of a registered model in both states, if the key may.
func (c *call) changeItem(id string, f func(*registered, *item)) error {
	m, it := c.st.item(id)
	if it == nil {
		return refused(http.StatusBadRequest, 42006, "no such version of a model: %s", id)
	}
	if err := c.mayWrite(m.workspace); err != nil {
		return err
	}
	now := c.now()
	c.changeModel(m.id, func(m *registered) {
		it := first(m.items, func(i *item) bool { return i.id == id })
		it.updated = now
		f(m, it)
	})
	return nil
}

func (c *call) updateItem() (any, error) {
	err := c.changeItem(c.str("registryModelItemId"), func(_ *registered, it *item) {
		if c.has("comment") {
			it.comment = c.str("comment")
		}
		if c.has("stages") {
			it.stages = slices.Clone(c.texts("stages"))
		}
	})
	return saved("Saved"), err
}

// stage adds a stage. The reply is text, which no client parses (§1.1).
func (c *call) stage() (any, error) {
	err := c.changeItem(c.str("modelItemId"), func(_ *registered, it *item) {
		if !contains(it.stages, c.str("stage")) {
			it.stages = append(it.stages, c.str("stage"))
		}
	})
	return text("Saved"), err
}

func (c *call) deleteItem() (any, error) {
	id := c.str("modelItemId")
	err := c.changeItem(id, func(m *registered, _ *item) {
		m.items = slices.DeleteFunc(m.items, func(i *item) bool { return i.id == id })
	})
	return text("Deleted"), err
}

func (c *call) deleteModel() (any, error) {
	m, err := c.writableModel(c.str("workspaceName"), c.str("modelName"))
	if err != nil {
		return nil, err
	}
	id := m.id
	c.s.do(func(st *state) {
		st.models = slices.DeleteFunc(st.models, func(m *registered) bool { return m.id == id })
	})
	return text("Deleted"), nil
}
